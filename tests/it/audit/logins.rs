//! `GET /security/login-history` and `/security/active-sessions`.

use std::time::Duration;

use pantheon_harness::eventually;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, answer};

const PASSWORD: &str = "correct horse battery";
const AGENT: &str = "a browser";

async fn auth(world: &World, path: &str, body: Value) -> (StatusCode, Value) {
    let url = format!("http://{}/api/v1/auth{path}", world.node.address());
    let request = reqwest::Client::new().post(url).header("user-agent", AGENT);
    answer(request.json(&body)).await
}

async fn login(world: &World, name: &str, password: &str) -> (StatusCode, Value) {
    auth(
        world,
        "/login",
        json!({ "username": name, "password": password }),
    )
    .await
}

/// Somebody who signed in: the account's id and an access token.
async fn signed_in(world: &World, name: &str) -> (String, String) {
    let account = json!({ "email": format!("{name}@example.org"), "password": PASSWORD });
    let (status, user) = auth(world, "/register", account).await;
    assert_eq!(status, StatusCode::CREATED, "{user}");
    let (status, tokens) = login(world, name, PASSWORD).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    (text(&user["id"]), text(&tokens["access_token"]))
}

/// What somebody is told, once it holds so many tries.
async fn history(world: &World, token: &str, total: usize) -> Value {
    eventually(Duration::from_secs(20), async || {
        let path = "/security/login-history";
        let (status, told) = answer(world.request_as(token, Method::GET, path)).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        match told["total"] == total {
            true => Ok(told),
            false => Err(told.to_string()),
        }
    })
    .await
}

/// PIP-38: everybody sees their own, those who manage users everybody's.
#[tokio::test]
async fn sign_ins_and_failures_are_told_to_their_owner_and_all_of_them_to_admins() {
    let world = World::with(&[("PANTHEON_REGISTRATION", "open")]).await;
    let (_, ada) = signed_in(&world, "ada").await;
    let (_, bob) = signed_in(&world, "bob").await;
    assert_eq!(
        login(&world, "ada", "wrong").await.0,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        login(&world, "nobody", "wrong").await.0,
        StatusCode::UNAUTHORIZED
    );

    let all = history(&world, &world.admin, 4).await;
    assert_eq!(
        all["summary"],
        json!({ "total_attempts": 4, "successful": 2, "failed": 2, "unique_users": 2, "unique_ips": 1 })
    );
    let told: Vec<_> = all["logins"].as_array().expect("a list").iter().collect();
    let of = |at: usize| (told[at]["username"].clone(), told[at]["status"].clone());
    assert_eq!(of(0), (Value::Null, json!("failed")));
    assert_eq!(of(1), (json!("ada"), json!("failed")));
    assert_eq!(of(2), (json!("bob"), json!("success")));
    assert_eq!(of(3), (json!("ada"), json!("success")));
    for login in told {
        assert_eq!(
            (&login["ip_address"], &login["user_agent"]),
            (&json!("127.0.0.1"), &json!(AGENT))
        );
    }
    let own = history(&world, &ada, 2).await;
    assert_eq!(own["summary"]["unique_users"], 1);
    let names = own["logins"].as_array().expect("a list").iter();
    assert!(
        names
            .map(|login| &login["email"])
            .all(|email| email == "ada@example.org")
    );
    assert_eq!(history(&world, &bob, 1).await["summary"]["failed"], 0);

    // The trail shows them to auditors too, with the reason that the caller was not told.
    let trail = world.current("/audit/access?kind=login_failed").await;
    let reasons = trail["items"].as_array().expect("a list").iter();
    let reasons: Vec<_> = reasons.map(|line| line["detail"].clone()).collect();
    assert_eq!(reasons, [json!("unknown_account"), json!("wrong_password")]);
}

#[tokio::test]
async fn who_is_signed_in_is_told_to_admins_and_ones_own_sessions_to_everybody() {
    let world = World::with(&[("PANTHEON_REGISTRATION", "open")]).await;
    let (ada, token) = signed_in(&world, "ada").await;
    signed_in(&world, "bob").await;
    let all = world.current("/security/active-sessions").await;
    assert_eq!(all["total"], 2, "{all}");
    let path = "/security/active-sessions";
    let own = answer(world.request_as(&token, Method::GET, path)).await.1;
    assert_eq!(
        (&own["total"], own["sessions"].as_array().map(Vec::len)),
        (&json!(1), Some(1))
    );
    assert_eq!(own["sessions"][0]["user_id"], ada);
    assert_eq!(own["sessions"][0]["location"], Value::Null);
}
