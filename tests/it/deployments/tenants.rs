//! G13: deployments of one tenant do not exist for another.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::approvals::words::{no, refusal};
use crate::world::{World, bytes};

#[tokio::test]
async fn g13_another_tenant_s_deployment_is_like_none() {
    let world = World::new().await;
    world.organization("elsewhere").await;
    let id = world.deploy("staging", "v1").await;
    let (stranger, missing) = (world.stranger(), Uuid::now_v7().to_string());
    for (method, path) in [
        (Method::GET, ""),
        (Method::GET, "/logs"),
        (Method::POST, "/cancel"),
        (Method::POST, "/rollback"),
    ] {
        let mut answers = Vec::new();
        for id in [&id, &missing] {
            let path = format!("/deployments/{id}{path}");
            answers.push(bytes(world.request_as(&stranger, method.clone(), &path)).await);
        }
        assert_eq!(answers[0].0, 404, "{path}");
        assert_eq!(answers[0], answers[1], "{path}");
    }
    let (_, list) = world.get_as(&stranger, "/deployments").await;
    assert_eq!(list, json!([]));
    let path = "/deployments/status?environment=staging";
    let (_, status) = world.get_as(&stranger, path).await;
    assert_eq!(status["last_deployment"], Value::Null);
    let body = json!({ "id": world.environment("staging"), "data": { "deployment_id": id } });
    let path = "/commands/environment/cancel_deployment";
    let refused = refusal(world.post_as(&stranger, path, body).await);
    assert_eq!(refused, no(404, "not_found"));
    let body = json!({ "environment": "staging", "version": "v9" });
    let (status, own) = world.post_as(&stranger, "/deployments", body).await;
    assert_eq!(
        status, 201,
        "{own}: an environment of the same name is another one"
    );
    assert_eq!(world.deployment(&id).await["version"], "v1");
}

#[tokio::test]
async fn g13_an_approval_of_another_tenant_releases_nothing() {
    let world = World::new().await;
    let id = world.deploy("production", "v1").await;
    world.approval_of(&id).await;
    let stranger = world.stranger();
    let body = json!({ "resource_type": "deployment", "resource_id": id,
        "context": { "environment": "production" } });
    let (status, foreign) = world.post_as(&stranger, "/approvals", body).await;
    assert_eq!(status, 201, "{foreign}");
    let path = format!(
        "/approvals/{}/cancel",
        foreign["id"].as_str().expect("an id")
    );
    assert_eq!(world.post_as(&stranger, &path, json!({})).await.0, 200);
    // Asked for later, so the process has seen the end of the foreign approval.
    world.rolled_out("staging", "v1").await;
    assert_eq!(world.deployment(&id).await["status"], "pending");
}
