//! How deployments end other than well (CON-53).

use serde_json::json;

use crate::approvals::words::{no, refusal};
use crate::world::World;

#[tokio::test]
async fn cancelling_is_done_once_and_only_while_it_is_open() {
    let world = World::new().await;
    let id = world.deploy("staging", "v1").await;
    let path = format!("/deployments/{id}/cancel");
    let cancel = async || {
        world
            .post(&path, json!({ "reason": "the wrong version" }))
            .await
    };
    let (status, gone) = cancel().await;
    assert_eq!(status, 200, "{gone}");
    let expected =
        json!({ "status": "failed", "outcome": "cancelled", "error": "the wrong version" });
    for (field, value) in expected.as_object().expect("fields") {
        assert_eq!(&gone[field], value, "{field}");
    }
    world.deploy("staging", "v2").await;
    let (status, again) = cancel().await;
    assert_eq!(
        (status.as_u16(), &again["outcome"]),
        (200, &json!("cancelled"))
    );
    let events = world.happened("staging").await;
    let cancelled = events.iter().filter(|kind| *kind == "deployment_cancelled");
    assert_eq!(cancelled.count(), 1, "{events:?}");
    let done = world.rolled_out("development", "v1").await;
    let refused = refusal(
        world
            .post(&format!("/deployments/{done}/cancel"), json!({}))
            .await,
    );
    assert_eq!(refused, no(422, "invalid_transition"));
    assert_eq!(world.deployment(&done).await["status"], "success");
}

#[tokio::test]
async fn a_failed_stage_fails_the_deployment() {
    let world = World::new().await;
    let id = world.deploy("staging", "v1").await;
    world.happens("staging", "deployment_released").await;
    let say = async |command: &str, data| world.says("deployment", "staging", command, data).await;
    let at = |stage: &str| json!({ "deployment_id": id, "stage": stage });
    let start = json!({ "deployment_id": id });
    assert_eq!(
        say("start_stage", at("build")).await,
        Err("invalid_transition".to_owned())
    );
    assert_eq!(say("start_deployment", start.clone()).await, Ok(()));
    assert_eq!(
        say("start_stage", at("test")).await,
        Err("stage_out_of_order".to_owned())
    );
    assert_eq!(
        say("complete_deployment", start).await,
        Err("invalid_transition".to_owned())
    );
    assert_eq!(say("start_stage", at("build")).await, Ok(()));
    assert_eq!(
        say("complete_stage", at("test")).await,
        Err("stage_out_of_order".to_owned())
    );
    let mut failure = at("build");
    failure["error"] = json!("no space left");
    assert_eq!(say("fail_stage", failure).await, Ok(()));
    let ended = world.deployment(&id).await;
    assert_eq!(
        (
            &ended["status"],
            &ended["error"],
            &ended["stages"][0]["status"]
        ),
        (&json!("failed"), &json!("no space left"), &json!("failed"))
    );
    assert!(ended["completed_at"].is_string() && ended["duration_seconds"].is_number());
    assert_eq!(
        say("complete_stage", at("build")).await,
        Err("invalid_transition".to_owned())
    );
    // The agent goes on to say that all of it failed, and to tell its last lines.
    let length = world.happened("staging").await.len();
    let failed = json!({ "deployment_id": id, "error": "the build failed" });
    assert_eq!(say("fail_deployment", failed).await, Ok(()));
    assert_eq!(world.happened("staging").await.len(), length);
    let lines = json!({ "deployment_id": id, "entries": [{ "level": "ERROR", "message": "oh" }] });
    assert_eq!(say("append_deployment_log", lines).await, Ok(()));
    let log = world.current(&format!("/deployments/{id}/logs")).await;
    assert_eq!(log[0]["message"], "oh");
    world.rolled_out("staging", "v2").await;
}

#[tokio::test]
async fn no_other_agent_carries_a_deployment_out() {
    let world = World::new().await;
    let id = world.deploy("staging", "v1").await;
    world.happens("staging", "deployment_released").await;
    let data = json!({ "deployment_id": id });
    for command in ["start_deployment", "complete_deployment"] {
        let said = world
            .says("codegen", "staging", command, data.clone())
            .await;
        assert_eq!(said, Err("forbidden".to_owned()), "{command}");
    }
    let failure = json!({ "deployment_id": id, "error": "because" });
    let said = world
        .says("codegen", "staging", "fail_deployment", failure)
        .await;
    assert_eq!(said, Err("forbidden".to_owned()));
    let path = "/commands/environment/release_deployment";
    let body = json!({ "id": world.environment("staging"), "data": data });
    assert_eq!(refusal(world.post(path, body).await), no(403, "forbidden"));
    assert_eq!(world.deployment(&id).await["status"], "pending");
}
