//! CON-42: taking repositories up, putting them aside, letting them go.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{World, answer, bytes, refused, reply};

#[tokio::test]
async fn a_repository_is_taken_up_once_however_often_and_however_it_is_spelt() {
    let world = World::new().await;
    let ask = |name: &str, key: Option<&str>| {
        let request = world.request(Method::POST, "/repositories");
        let request = request.json(&json!({ "full_name": name }));
        reply(match key {
            Some(key) => request.header("Idempotency-Key", key),
            None => request,
        })
    };
    let key = Uuid::now_v7().to_string();
    let first = ask("Octo/Cat", Some(&key)).await;
    assert_eq!(first.status, 201, "{}", first.body);
    let id = first.body["id"].as_str().expect("an id").to_owned();
    assert_eq!(
        first.headers["location"],
        format!("/api/v1/repositories/{id}")
    );
    let expected = json!({ "owner": "Octo", "name": "Cat", "full_name": "Octo/Cat",
        "is_active": true, "github_repo_id": 0, "synced_at": null });
    for (field, value) in expected.as_object().expect("fields") {
        assert_eq!(&first.body[field], value, "{field}");
    }
    for field in ["user_id", "created_at", "updated_at", "link_status"] {
        assert!(first.body[field].is_string(), "{field}: {}", first.body);
    }
    let repeat = ask("Octo/Cat", Some(&key)).await;
    assert_eq!(repeat.status, 201, "the first answer again");
    assert_eq!(repeat.headers["idempotency-replayed"], "true");
    let before = world.events("repository", &id).await;
    for again in ["Octo/Cat", "octo/cat", "OCTO/CAT"] {
        let again = ask(again, None).await;
        assert_eq!(again.status, 200, "{}", again.body);
        assert_eq!(again.body["id"], json!(id));
        assert_eq!(again.body["full_name"], "Octo/Cat");
    }
    let made = |events: &[(String, Value)]| {
        let is_made = |(kind, _): &&(String, Value)| kind == "repository_registered";
        events.iter().filter(is_made).count()
    };
    let after = world.events("repository", &id).await;
    assert_eq!((made(&before), made(&after)), (1, 1));
    for bad in [
        json!({ "full_name": "octo" }),
        json!({ "full_name": "../.." }),
        json!({ "full_name": "octo/c t" }),
        json!({ "full_name": format!("octo/{}", "x".repeat(101)) }),
        json!({}),
    ] {
        let request = world.request(Method::POST, "/repositories").json(&bad);
        refused(request, 422, "validation_failed").await;
    }
}

#[tokio::test]
async fn a_repository_is_put_aside_taken_up_again_and_let_go() {
    let world = World::new().await;
    let (cat, dog) = (
        world.repository("octo/cat").await,
        world.repository("octo/dog").await,
    );
    let path = format!("/repositories/{cat}");
    assert_eq!(
        world.repository_names("/repositories").await,
        ["octo/dog", "octo/cat"]
    );
    for _ in 0..2 {
        let (status, one) = world.patch(&path, json!({ "is_active": false })).await;
        assert_eq!((status.as_u16(), &one["is_active"]), (200, &json!(false)));
    }
    assert_eq!(world.repository_names("/repositories").await, ["octo/dog"]);
    let all = "/repositories?include_inactive=true";
    assert_eq!(world.repository_names(all).await, ["octo/cat", "octo/dog"]);
    let page = reply(world.request(Method::GET, &format!("{all}&limit=1"))).await;
    let link = page.headers["link"].to_str().expect("text");
    let next = link.trim_start_matches("</api/v1");
    let (next, _) = next.split_once('>').expect("an address");
    assert_eq!(world.repository_names(next).await, ["octo/dog"]);

    let body = json!({ "full_name": "octo/cat" });
    let (status, one) = world.post("/repositories", body.clone()).await;
    assert_eq!((status.as_u16(), &one["is_active"]), (200, &json!(true)));
    let active_at = world.head().await;

    for _ in 0..2 {
        let (status, gone) = world.delete(&path).await;
        assert_eq!(status, 200, "{gone}");
        assert!(gone["message"].is_string(), "{gone}");
    }
    assert_eq!(world.get(&path).await.0, 404);
    assert_eq!(world.repository_names(all).await, ["octo/dog"]);
    let then = format!("{path}?as_of={active_at}");
    assert_eq!(world.get(&then).await.1["is_active"], json!(true));
    refused(
        world.request(Method::PATCH, &path).json(&json!({})),
        404,
        "not_found",
    )
    .await;
    let (status, back) = world.post("/repositories", body).await;
    assert_eq!((status.as_u16(), &back["id"]), (201, &json!(cat)), "{back}");
    assert_ne!(cat, dog);
}

#[tokio::test]
async fn g13_another_tenant_s_repository_is_like_none() {
    let world = World::new().await;
    let id = world.repository("octo/cat").await;
    let (stranger, missing) = (world.stranger(), Uuid::now_v7().to_string());
    for (method, path) in [
        (Method::GET, ""),
        (Method::PATCH, ""),
        (Method::DELETE, ""),
        (Method::POST, "/sync"),
    ] {
        let mut answers = Vec::new();
        for id in [&id, &missing] {
            let path = format!("/repositories/{id}{path}");
            let request = world.request_as(&stranger, method.clone(), &path);
            let request = match method {
                Method::PATCH => request.json(&json!({ "is_active": false })),
                _ => request,
            };
            answers.push(bytes(request).await);
        }
        assert_eq!(answers[0].0, 404, "{method} {path}");
        assert_eq!(answers[0], answers[1], "{method} {path}");
    }
    let list = || world.request_as(&stranger, Method::GET, "/repositories");
    assert_eq!(answer(list()).await.1, json!([]));
    let request = world.request_as(&stranger, Method::POST, "/repositories");
    let (status, own) = answer(request.json(&json!({ "full_name": "octo/cat" }))).await;
    assert_eq!(status, 201, "{own}");
    assert_ne!(
        own["id"],
        json!(id),
        "the same name is another repository there"
    );
    assert_eq!(
        world.current(&format!("/repositories/{id}")).await["is_active"],
        json!(true)
    );
}
