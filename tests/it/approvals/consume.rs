//! An approval authorises exactly one execution of exactly what was shown (BUS-34).

use pantheon::auth::Role;
use pantheon_events::CommandId;
use serde_json::{Value, json};
use uuid::Uuid;

use super::words::{no, refusal};
use crate::world::World;

async fn approved(world: &World, digest: &str) -> String {
    let body = json!({ "resource_type": "payment_refund", "resource_id": Uuid::now_v7(),
        "subject_digest": digest });
    let (_, approval) = world.post("/approvals", body).await;
    let id = approval["id"].as_str().expect("an id").to_owned();
    let bob = world.person("bob", Role::Admin);
    world.approve(&bob, &id).await;
    id
}

#[tokio::test]
async fn an_approval_is_used_once() {
    let world = World::new().await;
    let id = approved(&world, "d1").await;
    let (first, second) = (CommandId::generate(), CommandId::generate());
    assert_eq!(world.consume(&id, Some("d1"), first).await, Ok(()));
    let again = world.consume(&id, Some("d1"), first).await;
    assert_eq!(again, Ok(()), "the same execution repeats itself");
    let refused = world.consume(&id, Some("d1"), second).await;
    assert_eq!(refused, Err("approval_consumed".to_owned()));
    let shown = world.current(&format!("/approvals/{id}")).await;
    assert!(shown["consumed_at"].is_string(), "{shown}");
    let used = world.event_types("approval", &id).await;
    let used = used.iter().filter(|kind| *kind == "approval_consumed");
    assert_eq!(used.count(), 1);
}

#[tokio::test]
async fn two_executions_at_once_use_it_once() {
    let world = World::new().await;
    let id = approved(&world, "d1").await;
    let used = || world.consume(&id, Some("d1"), CommandId::generate());
    let (one, two) = tokio::join!(used(), used());
    let refused = Err("approval_consumed".to_owned());
    assert!(
        (one == Ok(()) && two == refused) || (two == Ok(()) && one == refused),
        "{one:?} {two:?}"
    );
}

#[tokio::test]
async fn something_else_than_what_was_shown_is_stale() {
    let world = World::new().await;
    let id = approved(&world, "d1").await;
    for digest in [Some("d2"), None] {
        let refused = world.consume(&id, digest, CommandId::generate()).await;
        assert_eq!(refused, Err("approval_stale".to_owned()));
    }
}

#[tokio::test]
async fn an_approval_that_waits_too_long_is_stale() {
    let world = World::new().await;
    let id = approved(&world, "d1").await;
    world.time.pass(86_401);
    let refused = world.consume(&id, Some("d1"), CommandId::generate()).await;
    assert_eq!(refused, Err("approval_stale".to_owned()));
}

#[tokio::test]
async fn what_is_not_approved_is_not_used_and_no_door_uses_any() {
    let world = World::new().await;
    let pending = world.asked(&world.admin, "payment_refund").await;
    let refused = world.consume(&pending, None, CommandId::generate()).await;
    assert_eq!(refused, Err("approval_not_approved".to_owned()));
    let data = json!({ "by_command": CommandId::generate() });
    for command in ["consume_approval", "expire", "remind", "escalate"] {
        let path = format!("/commands/approval/{command}");
        let data = if command == "consume_approval" {
            data.clone()
        } else {
            Value::Null
        };
        let body = json!({ "id": pending, "data": data });
        let refused = refusal(world.post(&path, body).await);
        assert_eq!(refused, no(403, "forbidden"), "{command}");
    }
}
