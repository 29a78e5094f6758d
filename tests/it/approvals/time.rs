//! What time does to an approval: process `approval_clock`.

use std::time::Duration;

use pantheon::auth::Role;
use pantheon_harness::eventually;
use serde_json::{Value, json};

use super::words::{no, refusal};
use crate::world::World;

const PATIENCE: Duration = Duration::from_secs(20);

/// The approval once it is as wanted.
async fn becomes(world: &World, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let path = format!("/approvals/{id}");
    eventually(PATIENCE, async || {
        let (_, approval) = world.get(&path).await;
        wanted(&approval).then_some(approval)
    })
    .await
}

async fn happens(world: &World, id: &str, what: &str) {
    eventually(PATIENCE, async || {
        let events = world.event_types("approval", id).await;
        events.iter().any(|kind| kind == what)
    })
    .await;
}

fn short(more: Value) -> Value {
    let mut stage = json!({ "name": "taste", "approvers": { "roles": ["admin"] },
        "timeout_seconds": 600 });
    for (name, value) in more.as_object().expect("fields") {
        stage[name] = value.clone();
    }
    json!([stage])
}

#[tokio::test]
async fn half_the_time_is_reminded_of_once_and_the_whole_ends_it() {
    let world = World::new().await;
    world.policy("cake", short(json!({}))).await;
    let id = world.asked(&world.admin, "cake").await;
    world.time.pass(290);
    let other = world.asked(&world.admin, "cake").await;
    world.time.pass(11);
    happens(&world, &id, "approval_reminded").await;
    world.time.pass(300);
    let ended = becomes(&world, &id, |approval| approval["status"] == "expired").await;
    assert_eq!(ended["stages"][0]["status"], "expired");
    let events = world.event_types("approval", &id).await;
    assert_eq!(
        events,
        [
            "approval_requested",
            "approval_stage_opened",
            "approval_reminded",
            "approval_expired"
        ]
    );
    let (_, younger) = world.get(&format!("/approvals/{other}")).await;
    assert_eq!(younger["status"], "pending", "its own time is not over");
    let bob = world.person("bob", Role::Admin);
    let path = format!("/approvals/{id}/approve");
    let refused = refusal(world.post_as(&bob, &path, json!({})).await);
    assert_eq!(refused, no(422, "approval_closed"));
}

#[tokio::test]
async fn a_vote_after_the_deadline_is_too_late_whoever_notices_first() {
    let world = World::new().await;
    world.policy("cake", short(json!({}))).await;
    let id = world.asked(&world.admin, "cake").await;
    let bob = world.person("bob", Role::Admin);
    world.time.pass(600);
    let path = format!("/approvals/{id}/approve");
    let refused = refusal(world.post_as(&bob, &path, json!({})).await);
    assert_eq!(refused, no(422, "approval_closed"));
}

#[tokio::test]
async fn a_stage_escalates_once_for_the_same_time_again() {
    let world = World::new().await;
    let more = json!({ "on_timeout": "escalate", "escalate_to": { "user_ids": ["zoe"] } });
    world.policy("cake", short(more)).await;
    let id = world.asked(&world.admin, "cake").await;
    let zoe = world.person("zoe", Role::Viewer);
    let path = format!("/approvals/{id}/approve");
    let refused = refusal(world.post_as(&zoe, &path, json!({})).await);
    assert_eq!(refused, no(403, "forbidden"), "not yet");
    world.time.pass(601);
    let shown = becomes(&world, &id, |approval| {
        approval["stages"][0]["escalated"] == true
    })
    .await;
    assert_eq!(
        shown["stages"][0]["approvers"],
        json!({ "roles": ["admin"], "user_ids": ["zoe"] })
    );
    assert_eq!(world.approve(&zoe, &id).await["status"], "approved");
    let second = world.asked(&world.admin, "cake").await;
    world.time.pass(601);
    happens(&world, &second, "approval_escalated").await;
    world.time.pass(601);
    becomes(&world, &second, |approval| approval["status"] == "expired").await;
}

#[tokio::test]
async fn each_stage_has_its_own_time() {
    let world = World::new().await;
    let stage = |name: &str| json!({ "name": name, "approvers": { "roles": ["admin"] }, "timeout_seconds": 600 });
    world
        .policy("cake", json!([stage("one"), stage("two")]))
        .await;
    let id = world.asked(&world.admin, "cake").await;
    world.time.pass(500);
    let bob = world.person("bob", Role::Admin);
    let shown = world.approve(&bob, &id).await;
    assert_eq!(shown["stages"][1]["status"], "open");
    world.time.pass(500);
    let carol = world.person("carol", Role::Admin);
    assert_eq!(world.approve(&carol, &id).await["status"], "approved");
}
