use std::time::Duration;

use anyhow::Result;
use pantheon_harness::eventually;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::fleet::Fleet;

async fn ask(fleet: &Fleet, action: &str) -> Result<(u16, Value)> {
    let path = format!("/agents/worker-1/{action}");
    let reply = fleet
        .send(Method::POST, &path, &fleet.admin, &[], None)
        .await?;
    Ok((reply.status.as_u16(), reply.body))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_202_once_and_a_blind_repeat_appends_nothing() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    let token = fleet.agent("worker-1").await?;
    fleet
        .beat("worker-1", &token, json!({"session_id": "a"}))
        .await?;
    for (action, desired) in [
        ("pause", "paused"),
        ("resume", "running"),
        ("restart", "running"),
        ("stop", "stopped"),
    ] {
        let (status, agent) = ask(&fleet, action).await?;
        assert_eq!(
            (status, &agent["desired_state"]),
            (202, &json!(desired)),
            "{action} {agent}"
        );
        let events = fleet.event_types("worker-1").await?.len();
        let (again, _) = ask(&fleet, action).await?;
        assert_eq!(
            (again, fleet.event_types("worker-1").await?.len()),
            (200, events),
            "{action}"
        );
    }
    let (status, body) = ask(&fleet, "pause").await?;
    assert_eq!((status, &body["code"]), (422, &json!("agent_not_running")));
    let (status, body) = ask(&fleet, "resume").await?;
    assert_eq!((status, &body["code"]), (422, &json!("agent_not_running")));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_agent_has_nothing_to_be_started_for() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    let token = fleet.agent("worker-1").await?;
    fleet.beat("worker-1", &token, json!({})).await?;
    let events = fleet.event_types("worker-1").await?.len();
    assert_eq!(ask(&fleet, "start").await?.0, 200);
    assert_eq!(fleet.event_types("worker-1").await?.len(), events);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn heartbeats_and_confirmations_settle_a_request() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    let token = fleet.agent("worker-1").await?;
    fleet.beat("worker-1", &token, json!({})).await?;
    ask(&fleet, "pause").await?;
    let beat = fleet
        .beat("worker-1", &token, json!({"state": "idle"}))
        .await?;
    assert_eq!(beat.body["status"], "idle");
    assert!(
        fleet
            .event_types("worker-1")
            .await?
            .contains(&"agent_control_confirmed".to_owned())
    );
    ask(&fleet, "stop").await?;
    let body = json!({"id": "worker-1", "data": {}});
    let path = "/commands/agent/confirm_control";
    let confirm = fleet
        .send(Method::POST, path, &token, &[], Some(body))
        .await?;
    assert_eq!(confirm.status, StatusCode::OK, "{}", confirm.body);
    let beat = fleet.beat("worker-1", &token, json!({})).await?;
    assert_eq!(beat.body["status"], "offline");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_nobody_confirms_times_out_after_30_seconds() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    fleet.agent("worker-1").await?;
    ask(&fleet, "stop").await?;
    eventually(Duration::from_secs(40), async || {
        let types = fleet.event_types("worker-1").await;
        types.is_ok_and(|types| {
            types
                .last()
                .is_some_and(|last| last == "agent_control_timed_out")
        })
    })
    .await;
    assert_eq!(
        fleet.get("/agents/worker-1").await?["desired_state"],
        "stopped"
    );
    assert_eq!(ask(&fleet, "stop").await?.0, 202, "asked anew");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_is_merged_and_comes_back_whole() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    let path = "/agents/CodeGenAgent/configure";
    let first = fleet.post(path, json!({"maxConcurrentTasks": 5})).await?;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    let body = Some(json!({"enableLogging": false}));
    let second = fleet
        .send(
            Method::PUT,
            "/agents/codegen/config",
            &fleet.admin,
            &[],
            body,
        )
        .await?;
    assert_eq!(
        second.body["config"],
        json!({"maxConcurrentTasks": 5, "timeoutSeconds": 3600, "retryAttempts": 3,
            "enableLogging": false})
    );
    let events = fleet.event_types("codegen").await?.len();
    assert_eq!(
        fleet
            .post(path, json!({"enableLogging": false}))
            .await?
            .status,
        StatusCode::OK
    );
    assert_eq!(fleet.event_types("codegen").await?.len(), events);
    for (body, status) in [
        (json!({"maxConcurrentTasks": 0}), 422),
        (json!({"timeoutSeconds": 86_401}), 422),
        (json!({"retryAttempts": "3"}), 400),
        (json!({"colour": "red"}), 400),
        (json!([]), 400),
    ] {
        assert_eq!(
            fleet.post(path, body.clone()).await?.status.as_u16(),
            status,
            "{body}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_processes_do_is_closed_to_operators() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    for (command, data) in [
        ("register_agent", json!({})),
        (
            "expire_control",
            json!({"requested_at": "2026-05-28T20:26:40Z"}),
        ),
        (
            "mark_unresponsive",
            json!({"last_heard": "2026-05-28T20:26:40Z", "silent_seconds": 1}),
        ),
        (
            "mark_degraded",
            json!({"last_heard": "2026-05-28T20:26:40Z", "silent_seconds": 1}),
        ),
        ("record_heartbeat", json!({})),
    ] {
        let path = format!("/commands/agent/{command}");
        let reply = fleet
            .post(&path, json!({"id": "codegen", "data": data}))
            .await?;
        assert_eq!(
            reply.status,
            StatusCode::FORBIDDEN,
            "{command} {}",
            reply.body
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_out_of_bounds_is_named_as_it_was_sent() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    for (field, value) in [
        ("maxConcurrentTasks", 0),
        ("maxConcurrentTasks", 101),
        ("timeoutSeconds", 86_401),
        ("retryAttempts", 21),
    ] {
        for path in [
            "/agents/codegen/configure",
            "/commands/agent/configure_agent",
        ] {
            let data = json!({ field: value });
            let body = match path.starts_with("/commands") {
                true => json!({ "id": "codegen", "data": data }),
                false => data,
            };
            let reply = fleet.post(path, body).await?;
            assert_eq!(
                reply.status.as_u16(),
                422,
                "{field} {value}: {}",
                reply.body
            );
            assert_eq!(reply.body["errors"][0]["field"], field, "{}", reply.body);
        }
    }
    Ok(())
}
