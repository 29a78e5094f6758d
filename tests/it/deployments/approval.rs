//! Process `deployment_approval`: what the policy guards waits for people (CON-51).

use pantheon::auth::Role;
use pantheon_events::{CommandId, Sequence};
use reqwest::Method;
use serde_json::{Value, json};

use crate::approvals::words::{no, refusal, stage};
use crate::world::{World, answer};

#[tokio::test]
async fn production_waits_is_approved_by_another_admin_and_goes_on() {
    let world = World::new().await;
    let id = world.deploy("production", "v1").await;
    let approval = world.approval_of(&id).await;
    let shown = world.current(&format!("/approvals/{approval}")).await;
    let expected = json!({
        "resource_type": "deployment", "resource_id": id, "status": "pending",
        "requester_id": crate::world::ADMIN, "title": "Deploy v1 to production",
        "context": { "deployment_id": id, "environment": "production", "version": "v1" },
    });
    for (field, value) in expected.as_object().expect("fields") {
        assert_eq!(&shown[field], value, "{field}");
    }
    let start = json!({ "deployment_id": id });
    let early = world
        .says("deployment", "production", "start_deployment", start)
        .await;
    assert_eq!(early, Err("invalid_transition".to_owned()));
    let path = format!("/approvals/{approval}/approve");
    let own = refusal(world.post(&path, json!({})).await);
    assert_eq!(own, no(422, "four_eyes"), "who asked does not decide");
    let bob = world.person("bob", Role::Admin);
    world.approve(&bob, &approval).await;
    world.carry_out("production", &id).await;
    let done = world.deployment(&id).await;
    assert_eq!(
        (
            &done["status"],
            &done["approval_id"],
            &done["health_check_status"]
        ),
        (&json!("success"), &json!(approval), &json!("healthy"))
    );
    let used = world.current(&format!("/approvals/{approval}")).await;
    assert!(used["consumed_at"].is_string(), "{used}");
    assert_eq!(
        world.happened("production").await[..4],
        [
            "deployment_requested",
            "deployment_approval_awaited",
            "deployment_released",
            "deployment_started"
        ]
    );
}

#[tokio::test]
async fn other_environments_go_straight_through() {
    let world = World::new().await;
    let id = world.rolled_out("staging", "v1").await;
    assert_eq!(world.deployment(&id).await["approval_id"], Value::Null);
    let events = world.happened("staging").await;
    assert_eq!(events[..2], ["deployment_requested", "deployment_released"]);
    let (_, list) = world.get("/approvals").await;
    assert_eq!(list, json!([]));
}

#[tokio::test]
async fn the_tenant_s_own_policy_says_what_waits() {
    let world = World::new().await;
    let when = json!({ "environment": "staging" });
    let rule = json!({ "when": when, "stages": [stage("team", &["developer"], 1)] });
    let policy = json!({ "rules": [rule] });
    assert_eq!(
        world.put("/approval-policies/deployment", policy).await.0,
        200
    );
    world.rolled_out("production", "v1").await;
    let id = world.deploy("staging", "v1").await;
    let approval = world.approval_of(&id).await;
    world
        .approve(&world.person("dan", Role::Developer), &approval)
        .await;
    world.carry_out("staging", &id).await;
}

#[tokio::test]
async fn a_refusal_fails_the_deployment_with_its_reason() {
    let world = World::new().await;
    let bob = world.person("bob", Role::Admin);
    let failed = async |id: &str, why: &str| {
        let ended = world.until(id, |one| one["status"] == "failed").await;
        assert_eq!(ended["error"], why, "{ended}");
        assert!(ended["completed_at"].is_string() && ended.get("outcome").is_none());
        let start = json!({ "deployment_id": id });
        let late = world.says("deployment", "production", "start_deployment", start);
        assert_eq!(late.await, Err("invalid_transition".to_owned()));
    };

    let id = world.deploy("production", "v1").await;
    let approval = world.approval_of(&id).await;
    world.reject(&bob, &approval, "not on a Friday").await;
    failed(&id, "The approval was rejected: not on a Friday").await;

    let id = world.deploy("production", "v1").await;
    let approval = world.approval_of(&id).await;
    let path = format!("/approvals/{approval}/cancel");
    world
        .post(&path, json!({ "reason": "the wrong version" }))
        .await;
    failed(&id, "The approval was cancelled: the wrong version").await;

    let id = world.deploy("production", "v2").await;
    world.approval_of(&id).await;
    world.time.pass(86_401);
    failed(&id, "Nobody decided the approval in time.").await;
}

#[tokio::test]
async fn a_deployment_that_is_given_up_takes_its_approval_back() {
    let world = World::new().await;
    let id = world.deploy("production", "v1").await;
    let approval = world.approval_of(&id).await;
    let (status, gone) = world
        .post(&format!("/deployments/{id}/cancel"), json!({}))
        .await;
    assert_eq!(
        (status.as_u16(), &gone["outcome"]),
        (200, &json!("cancelled"))
    );
    pantheon_harness::soon(async || {
        let (_, approval) = world.get(&format!("/approvals/{approval}")).await;
        approval["status"] == "cancelled"
    })
    .await;
    let bob = world.person("bob", Role::Admin);
    let path = format!("/approvals/{approval}/approve");
    let refused = refusal(world.post_as(&bob, &path, json!({})).await);
    assert_eq!(refused, no(422, "approval_closed"));
    let again = world.deploy("production", "v1").await;
    assert_ne!(world.approval_of(&again).await, approval);
}

#[tokio::test]
async fn a_stage_that_nobody_can_satisfy_fails_the_deployment() {
    let world = World::new().await;
    let only = json!({ "name": "me", "approvers": { "user_ids": [crate::world::ADMIN] } });
    let policy = json!({ "rules": [{ "stages": [only] }], "four_eyes": false });
    assert_eq!(
        world.put("/approval-policies/deployment", policy).await.0,
        200
    );
    let id = world.deploy("staging", "v1").await;
    let ended = world.until(&id, |one| one["status"] == "failed").await;
    let error = ended["error"].as_str().expect("a reason");
    assert!(
        error.starts_with("No approval could be requested:"),
        "{error}"
    );
}

/// What stands in the digest of a production deployment: the same as in the context.
fn digest(id: &str, version: &str) -> String {
    use sha2::{Digest, Sha256};
    let shown = json!({ "deployment_id": id, "environment": "production", "version": version,
        "commit_sha": null, "pr_number": null });
    format!("sha256:{:x}", Sha256::digest(shown.to_string()))
}

#[tokio::test]
async fn an_approval_that_somebody_prepared_counts_for_nothing() {
    let world = World::new().await;
    let key = CommandId::generate();
    let id = key.created("deployment").to_string();
    let mallory = world.person("mallory", Role::Viewer);
    let harmless = json!({ "resource_type": "deployment", "resource_id": id,
        "subject_digest": digest(&id, "v1"), "title": "Lunch",
        "context": { "environment": "production" } });
    let (status, prepared) = world.post_as(&mallory, "/approvals", harmless).await;
    assert_eq!(status, 201, "{prepared}");
    let prepared = prepared["id"].as_str().expect("an id");
    world.approve(&world.admin, prepared).await;
    let request = world
        .request(Method::POST, "/deployments")
        .header("idempotency-key", key.to_string())
        .json(&json!({ "environment": "production", "version": "v1" }));
    let (status, made) = answer(request).await;
    assert_eq!((status.as_u16(), &made["id"]), (201, &json!(id)));
    // It gives way to the request of what is really to be done, which people have to see anew.
    assert_eq!(world.approval_of(&id).await, prepared);
    let asked = world.current(&format!("/approvals/{prepared}")).await;
    assert_eq!(
        (&asked["status"], &asked["consumed_at"]),
        (&json!("pending"), &Value::Null)
    );
    assert_ne!(asked["title"], "Lunch");
    assert_eq!(world.deployment(&id).await["status"], "pending");
}

#[tokio::test]
async fn what_happens_to_the_approval_after_its_use_does_not_touch_the_deployment() {
    let world = World::new().await;
    let id = world.deploy("production", "v1").await;
    let approval = world.approval_of(&id).await;
    let bob = world.person("bob", Role::Admin);
    world.approve(&bob, &approval).await;
    world.happens("production", "deployment_released").await;
    let mallory = world.person("mallory", Role::Viewer);
    let again = json!({ "resource_type": "deployment", "resource_id": id,
        "subject_digest": digest(&id, "v1"), "context": { "environment": "production" } });
    let (status, asked) = world.post_as(&mallory, "/approvals", again).await;
    assert_eq!(
        (status.as_u16(), &asked["id"]),
        (201, &json!(approval)),
        "{asked}"
    );
    let path = format!("/approvals/{approval}/cancel");
    world.post_as(&mallory, &path, json!({})).await;
    // The next deployment is asked for later, so the process has seen the end of the other one.
    world.rolled_out("staging", "v1").await;
    assert_eq!(world.deployment(&id).await["status"], "pending");
    world.carry_out("production", &id).await;
    assert_eq!(world.deployment(&id).await["status"], "success");
}

/// BUS-35: "approving resumes the waiting … deployment by a process within 1 s".
#[tokio::test]
async fn an_approved_deployment_is_released_within_a_second() {
    let world = World::new().await;
    let id = world.deploy("production", "v1").await;
    let approval = world.approval_of(&id).await;
    let bob = world.person("bob", Role::Admin);
    world.approve(&bob, &approval).await;
    world.happens("production", "deployment_released").await;
    let log = &world.node.app().log;
    let at = async |kind: &str, stream: &str, event: &str| {
        let events = log.stream(kind, stream, Sequence::ZERO, 100).await;
        let events = events.expect("the stream");
        let found = events.iter().find(|found| found.event_type == event);
        found.expect("it happened").recorded_at
    };
    let approved = at("approval", &approval, "approval_approved").await;
    let environment = world.environment("production");
    let released = at("environment", &environment, "deployment_released").await;
    let took = released - approved;
    assert!(took.num_milliseconds() <= 1_000, "{took}");
}
