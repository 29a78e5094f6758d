//! CON-13, CON-14: asking for executions, and seeing them.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{World, answer, bytes, refused, reply};

#[tokio::test]
async fn an_agent_is_set_to_work_on_an_issue_of_an_active_repository() {
    let world = World::new().await;
    let repository = world.repository("octo/cat").await;
    let key = Uuid::now_v7().to_string();
    let ask = |body: &Value| {
        let request = world.request(Method::POST, "/agents/execute");
        request.json(body)
    };
    let body = json!({ "repository_id": repository, "issue_number": 7,
        "agent_type": "CodeGenAgent", "options": { "auto_pr": true } });
    let first = reply(ask(&body).header("Idempotency-Key", &key)).await;
    assert_eq!(first.status, 201, "{}", first.body);
    let id = first.body["id"].as_str().expect("an id").to_owned();
    let expected = json!({
        "execution_id": id, "repository_id": repository, "issue_number": 7,
        "agent_type": "codegen", "status": "pending", "progress": 0,
        "options": { "use_worktree": false, "auto_pr": true, "slack_notify": false },
    });
    for (field, value) in expected.as_object().expect("fields") {
        assert_eq!(&first.body[field], value, "{field}");
    }
    for field in ["message", "task_id", "created_at", "updated_at"] {
        assert!(first.body[field].is_string(), "{field}: {}", first.body);
    }
    for field in [
        "started_at",
        "completed_at",
        "quality_score",
        "error_message",
    ] {
        assert!(first.body.get(field).is_none(), "{field} is not known yet");
    }
    let again = reply(ask(&body).header("Idempotency-Key", &key)).await;
    assert_eq!(
        (again.status.as_u16(), &again.body["id"]),
        (201, &json!(id))
    );

    for agent in ["coordinator", "review", "pr", "deployment-agent", "issue"] {
        world.execute(&repository, agent, 1).await;
    }
    for (change, code) in [
        (json!({ "agent_type": "product-design" }), 422),
        (json!({ "agent_type": "nobody" }), 422),
        (json!({ "issue_number": 0 }), 422),
        (json!({ "repository_id": Uuid::now_v7() }), 404),
    ] {
        let mut body = body.clone();
        for (field, value) in change.as_object().expect("fields") {
            body[field] = value.clone();
        }
        let (status, problem) = answer(ask(&body)).await;
        assert_eq!(status.as_u16(), code, "{change}: {problem}");
    }
    let path = format!("/repositories/{repository}");
    world.patch(&path, json!({ "is_active": false })).await;
    refused(ask(&body), 404, "not_found").await;
    world.patch(&path, json!({ "is_active": true })).await;
    assert_eq!(answer(ask(&body)).await.0, 201);
    assert_eq!(world.delete(&path).await.0, 200);
    refused(ask(&body), 404, "not_found").await;
}

#[tokio::test]
async fn executions_are_listed_newest_first_by_status_agent_and_repository() {
    let world = World::new().await;
    let (cat, dog) = (
        world.repository("octo/cat").await,
        world.repository("octo/dog").await,
    );
    let first = world.execute(&cat, "codegen", 1).await;
    let second = world.execute(&dog, "review", 2).await;
    let third = world.execute(&cat, "review", 3).await;
    let path = format!("/agents/executions/{first}/cancel");
    for _ in 0..2 {
        let (status, gone) = world.post(&path, json!({})).await;
        assert_eq!(
            (status.as_u16(), &gone["status"]),
            (200, &json!("cancelled"))
        );
    }
    for (query, expected) in [
        (String::new(), vec![&third, &second, &first]),
        ("?status=cancelled".to_owned(), vec![&first]),
        ("?status=pending".to_owned(), vec![&third, &second]),
        ("?agent_type=review-agent".to_owned(), vec![&third, &second]),
        (format!("?repository_id={cat}"), vec![&third, &first]),
        ("?limit=1".to_owned(), vec![&third]),
    ] {
        let list = world.current(&format!("/agents/executions{query}")).await;
        let items = list.as_array().expect("a bare array").iter();
        let ids: Vec<_> = items.filter_map(|item| item["id"].as_str()).collect();
        assert_eq!(ids, expected, "{query}");
    }
    let page = reply(world.request(Method::GET, "/agents/executions?limit=2")).await;
    let link = page.headers["link"].to_str().expect("text");
    let next = link.trim_start_matches("</api/v1");
    let (next, _) = next.split_once('>').expect("an address");
    assert_eq!(world.current(next).await[0]["id"], json!(first));
    for bad in ["status=done", "limit=201", "repository_id=x"] {
        let request = world.request(Method::GET, &format!("/agents/executions?{bad}"));
        refused(request, 400, "malformed_request").await;
    }
}

#[tokio::test]
async fn g13_another_tenant_s_execution_is_like_none() {
    let world = World::new().await;
    let repository = world.repository("octo/cat").await;
    let id = world.execute(&repository, "codegen", 7).await;
    let (stranger, missing) = (world.stranger(), Uuid::now_v7().to_string());
    for (method, path) in [
        (Method::GET, ""),
        (Method::GET, "/logs"),
        (Method::POST, "/cancel"),
    ] {
        let mut answers = Vec::new();
        for id in [&id, &missing] {
            let path = format!("/agents/executions/{id}{path}");
            answers.push(bytes(world.request_as(&stranger, method.clone(), &path)).await);
        }
        assert_eq!(answers[0].0, 404, "{method} {path}");
        assert_eq!(answers[0], answers[1], "{method} {path}");
    }
    let list = world.request_as(&stranger, Method::GET, "/agents/executions");
    assert_eq!(answer(list).await.1, json!([]));
    // A repository of another tenant is none.
    let body = json!({ "repository_id": repository, "issue_number": 7, "agent_type": "codegen" });
    let request = world.request_as(&stranger, Method::POST, "/agents/execute");
    refused(request.json(&body), 404, "not_found").await;
    assert_eq!(world.execution(&id).await["status"], "pending");
}
