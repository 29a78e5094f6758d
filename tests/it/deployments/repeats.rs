//! Processes repeat themselves, on one node or on two, without a second effect (CON-87).

use pantheon::auth::Role;
use pantheon_events::Sequence;
use serde_json::json;

use crate::world::World;

/// Every stream that deployments and their approvals wrote to, and how long it is.
async fn lengths(world: &World, approvals: &[String]) -> Vec<usize> {
    let log = &world.node.app().log;
    let mut lengths = Vec::new();
    let environments =
        ["staging", "production"].map(|name| ("environment", world.environment(name)));
    let approvals = approvals.iter().map(|id| ("approval", id.clone()));
    for (kind, id) in environments.into_iter().chain(approvals) {
        let events = log.stream(kind, &id, Sequence::ZERO, 1000).await;
        lengths.push(events.expect("the stream").len());
    }
    lengths
}

#[tokio::test]
async fn a_process_that_starts_over_changes_nothing() {
    let world = World::new().await;
    let bob = world.person("bob", Role::Admin);
    world.rolled_out("staging", "v1").await;
    let mut approvals = Vec::new();
    let approved = world.deploy("production", "v1").await;
    approvals.push(world.approval_of(&approved).await);
    world.approve(&bob, &approvals[0]).await;
    world.carry_out("production", &approved).await;
    let rejected = world.deploy("production", "v2").await;
    approvals.push(world.approval_of(&rejected).await);
    world.reject(&bob, &approvals[1], "no").await;
    world
        .until(&rejected, |one| one["status"] == "failed")
        .await;
    let waiting = world.deploy("production", "v3").await;
    approvals.push(world.approval_of(&waiting).await);
    let before = lengths(&world, &approvals).await;

    let forgotten = "delete from process_checkpoints where name = 'deployment_approval'";
    let pool = world.database.pool(1).await.expect("a pool");
    sqlx::query(forgotten)
        .execute(&pool)
        .await
        .expect("deleted");
    let world = world.restarted().await;
    // Asked for after everything else, so the process has been through all of it.
    let last = world.deploy("development", "v1").await;
    world.carry_out("development", &last).await;
    assert_eq!(lengths(&world, &approvals).await, before);
    assert_eq!(world.deployment(&waiting).await["status"], "pending");
}

#[tokio::test]
async fn a_waiting_deployment_goes_on_when_the_node_that_asked_is_gone() {
    let world = World::new().await;
    let beside = world.beside().await;
    let id = world.deploy("production", "v1").await;
    let approval = world.approval_of(&id).await;
    let bob = world.person("bob", Role::Admin);
    world.approve(&bob, &approval).await;
    world.node.stop().await;
    beside.carry_out("production", &id).await;
    let events = beside.happened("production").await;
    for once in ["deployment_approval_awaited", "deployment_released"] {
        let found = events.iter().filter(|kind| *kind == once).count();
        assert_eq!(found, 1, "{once}: {events:?}");
    }
    let used = beside.event_types("approval", &approval).await;
    let used = used.iter().filter(|kind| *kind == "approval_consumed");
    assert_eq!(used.count(), 1);
    let (_, shown) = beside.get(&format!("/deployments/{id}")).await;
    assert_eq!(shown["approval_id"], json!(approval));
}
