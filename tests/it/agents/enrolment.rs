use anyhow::Result;
use pantheon::auth::Role;
use pantheon_events::{CommandId, TenantId};
use pantheon_harness::soon;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::fleet::{Fleet, text};

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_shown_once_and_never_in_an_event() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    let key = [("idempotency-key", CommandId::generate().to_string())];
    let body = json!({"type": "codegen", "capabilities": ["fix.apply"]});
    let send = async |body: Value| {
        fleet
            .send(Method::POST, "/agents", &fleet.admin, &key, Some(body))
            .await
    };
    let first = send(body.clone()).await?;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.body);
    assert_eq!(first.headers["cache-control"], "no-store");
    let seed = text(&first.body["credentials"]["seed"])?.to_owned();
    assert!(seed.starts_with("SU"));
    let again = send(body).await?;
    assert_eq!(
        (again.status, &again.body["credentials"]),
        (StatusCode::CREATED, &Value::Null)
    );
    assert_eq!(again.body["id"], first.body["id"]);
    assert!(text(&again.body["message"])?.contains("shown"));
    let other = send(json!({"type": "review"})).await?;
    assert_eq!(other.body["code"], "command_mismatch");
    let events = fleet.events(text(&first.body["id"])?).await?;
    assert_eq!(events.len(), 1);
    assert!(!events[0].1.to_string().contains(&seed));
    assert_eq!(
        events[0].1["public_key"],
        first.body["credentials"]["public_key"]
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_enrolled_is_refused_by_name() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    fleet.enrol("codegen", "codegen").await?;
    for (body, status, code) in [
        (
            json!({"id": "codegen", "type": "codegen"}),
            409,
            "already_exists",
        ),
        (
            json!({"id": "x", "type": "nonsense"}),
            422,
            "validation_failed",
        ),
        (
            json!({"id": "Not An Id", "type": "codegen"}),
            422,
            "validation_failed",
        ),
        (
            json!({"id": "review", "type": "codegen"}),
            422,
            "validation_failed",
        ),
        (
            json!({"id": "x", "type": "codegen", "layer": 5}),
            422,
            "validation_failed",
        ),
        (
            json!({"id": "x", "type": "codegen", "kind": "king"}),
            400,
            "malformed_request",
        ),
        (
            json!({"id": "x", "type": "codegen", "seed": "SU"}),
            400,
            "malformed_request",
        ),
        (json!({"id": "x"}), 422, "validation_failed"),
    ] {
        let reply = fleet.post("/agents", body.clone()).await?;
        assert_eq!(
            (reply.status.as_u16(), &reply.body["code"]),
            (status, &json!(code)),
            "{body}"
        );
    }
    let viewer = fleet.operator(TenantId::default_organization(), Role::Viewer);
    let body = Some(json!({"type": "codegen"}));
    let reply = fleet
        .send(Method::POST, "/agents", &viewer, &[], body)
        .await?;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert!(text(&reply.body["detail"])?.contains("agents.manage"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_of_another_tenant_is_taken() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    let other = fleet.operator(TenantId::of_slug("other"), Role::Admin);
    let body = Some(json!({"id": "codegen", "type": "codegen"}));
    let reply = fleet
        .send(Method::POST, "/agents", &other, &[], body)
        .await?;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_and_coordinators_are_no_part_of_the_list() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    let body = json!({"id": "w-1", "type": "codegen", "kind": "worker"});
    assert_eq!(
        fleet.post("/agents", body).await?.status,
        StatusCode::CREATED
    );
    assert_eq!(
        fleet.get("/agents").await?.as_array().map(Vec::len),
        Some(21)
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_agent_speaks_no_more_and_can_be_enrolled_anew() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    let token = fleet.agent("worker-1").await?;
    fleet.beat("worker-1", &token, json!({})).await?;
    let revoke = async || {
        let path = "/agents/worker-1";
        fleet
            .send(Method::DELETE, path, &fleet.admin, &[], None)
            .await
    };
    let revoked = revoke().await?;
    assert_eq!(
        (revoked.status, &revoked.body["message"]),
        (StatusCode::OK, &json!("Agent revoked"))
    );
    assert_eq!(revoke().await?.status, StatusCode::OK);
    soon(async || {
        let beat = fleet.beat("worker-1", &token, json!({})).await;
        beat.is_ok_and(|reply| reply.status == StatusCode::UNAUTHORIZED)
    })
    .await;
    let at = text(&revoked.body["position"])?;
    let agent = fleet
        .get(&format!("/agents/worker-1?min_position={at}"))
        .await?;
    assert_eq!(
        (&agent["status"], &agent["health"], &agent["enrolled"]),
        (&json!("offline"), &json!("Unhealthy"), &json!(false))
    );
    let start = fleet.post("/agents/worker-1/start", json!({})).await?;
    assert_eq!(start.body["code"], "agent_revoked");
    let anew = fleet.agent("worker-1").await?;
    assert_eq!(
        fleet.beat("worker-1", &anew, json!({})).await?.status,
        StatusCode::OK
    );
    assert_eq!(
        fleet.beat("worker-1", &token, json!({})).await?.status,
        StatusCode::UNAUTHORIZED
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_never_enrolled_cannot_be_revoked() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    let reply = fleet
        .send(Method::DELETE, "/agents/codegen", &fleet.admin, &[], None)
        .await?;
    assert_eq!(
        (reply.status.as_u16(), &reply.body["code"]),
        (422, &json!("agent_not_enrolled"))
    );
    Ok(())
}
