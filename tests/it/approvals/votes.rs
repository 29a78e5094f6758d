//! Who decides, and what happens when several do at once (BUS-33).

use std::sync::Arc;

use pantheon::auth::Role;
use pantheon_events::approvals::Approve;
use pantheon_events::{Actor, CommandContext};
use serde_json::json;

use super::words::{no, refusal, stage};
use crate::world::World;

#[tokio::test]
async fn stages_go_one_after_the_other_with_four_eyes() {
    let world = World::new().await;
    let stages = json!([
        stage("team", &["developer"], 1),
        stage("boss", &["admin", "developer"], 1)
    ]);
    world.policy("cake", stages).await;
    let alice = world.person("alice", Role::Developer);
    let bob = world.person("bob", Role::Developer);
    let root = world.person("root", Role::Admin);
    let id = world.asked(&alice, "cake").await;
    let path = format!("/approvals/{id}/approve");
    let vote = async |token: &str| refusal(world.post_as(token, &path, json!({})).await);
    assert_eq!(vote(&alice).await, no(422, "four_eyes"));
    assert_eq!(vote(&root).await, no(403, "forbidden"), "not named yet");
    let first = world.approve(&bob, &id).await;
    assert_eq!(
        (
            &first["status"],
            &first["current_stage"],
            &first["stages"][0]["status"]
        ),
        (&json!("pending"), &json!(1), &json!("approved"))
    );
    assert_eq!(vote(&bob).await, no(422, "already_decided"));
    assert_eq!(vote(&alice).await, no(422, "four_eyes"));
    let last = world.approve(&root, &id).await;
    assert_eq!(
        (&last["status"], &last["approver_id"]),
        (&json!("approved"), &json!("root"))
    );
    assert_eq!(vote(&root).await, no(422, "approval_closed"));
}

#[tokio::test]
async fn where_the_policy_says_so_one_person_counts_in_every_stage() {
    let world = World::new().await;
    let stages = json!([stage("one", &["admin"], 1), stage("two", &["admin"], 1)]);
    let body = json!({ "rules": [{ "stages": stages }], "distinct_across_stages": false });
    assert_eq!(world.put("/approval-policies/cake", body).await.0, 200);
    let bob = world.person("bob", Role::Admin);
    let id = world.asked(&world.admin, "cake").await;
    world.approve(&bob, &id).await;
    assert_eq!(world.approve(&bob, &id).await["status"], "approved");
}

#[tokio::test]
async fn one_rejection_ends_it_and_says_why() {
    let world = World::new().await;
    world
        .policy("cake", json!([stage("taste", &["admin"], 3)]))
        .await;
    let (bob, carol) = (
        world.person("bob", Role::Admin),
        world.person("carol", Role::Admin),
    );
    let id = world.asked(&world.admin, "cake").await;
    world.approve(&bob, &id).await;
    let ended = world.reject(&carol, &id, "too sweet").await;
    assert_eq!(
        (&ended["status"], &ended["approver_id"], &ended["comments"]),
        (&json!("rejected"), &json!("carol"), &json!("too sweet"))
    );
    assert_eq!(ended["stages"][0]["status"], "rejected");
    let path = format!("/approvals/{id}/approve");
    let dave = world.person("dave", Role::Admin);
    let refused = refusal(world.post_as(&dave, &path, json!({})).await);
    assert_eq!(refused, no(422, "approval_closed"));
}

#[tokio::test]
async fn two_racers_of_the_last_vote_give_one_approval() {
    let world = Arc::new(World::new().await);
    let beside = Arc::new(world.beside().await);
    for round in 0..20 {
        let id = world.asked(&world.admin, "payment_refund").await;
        let race = |node: &Arc<World>, who: &str| {
            let (node, id) = (Arc::clone(node), id.clone());
            let token = node.person(who, Role::Admin);
            tokio::spawn(async move {
                let path = format!("/approvals/{id}/approve");
                node.post_as(&token, &path, json!({})).await
            })
        };
        let racers = [race(&world, "bob"), race(&beside, "carol")];
        let mut won = 0;
        for racer in racers {
            let (status, body) = racer.await.expect("no panic");
            match status.as_u16() {
                200 => won += 1,
                _ => assert_eq!(refusal((status, body)), no(422, "approval_closed")),
            }
        }
        assert_eq!(won, 1, "round {round}");
        let events = world.event_types("approval", &id).await;
        let ended = events.iter().filter(|kind| *kind == "approval_approved");
        assert_eq!(ended.count(), 1, "{events:?}");
    }
}

#[tokio::test]
async fn the_same_person_racing_itself_counts_once() {
    let world = Arc::new(World::new().await);
    world
        .policy("cake", json!([stage("taste", &["admin"], 2)]))
        .await;
    let id = world.asked(&world.admin, "cake").await;
    let bob = world.person("bob", Role::Admin);
    let racers: Vec<_> = (0..8)
        .map(|_| {
            let (world, id, bob) = (Arc::clone(&world), id.clone(), bob.clone());
            tokio::spawn(async move {
                let path = format!("/approvals/{id}/approve");
                world.post_as(&bob, &path, json!({})).await
            })
        })
        .collect();
    let mut won = 0;
    for racer in racers {
        let (status, body) = racer.await.expect("no panic");
        match status.as_u16() {
            200 => won += 1,
            _ => assert_eq!(refusal((status, body)), no(422, "already_decided")),
        }
    }
    assert_eq!(won, 1);
    let (_, approval) = world.get(&format!("/approvals/{id}")).await;
    assert_eq!(approval["status"], "pending");
}

#[tokio::test]
async fn agents_processes_and_the_system_never_decide() {
    let world = World::new().await;
    let id = world.asked(&world.admin, "payment_refund").await;
    for actor in [
        Actor::agent("review"),
        Actor::policy("approval_clock"),
        Actor::system("node"),
    ] {
        let by = CommandContext {
            role: Some("admin"),
            ..CommandContext::new(world.tenant, actor, None)
        };
        let approvals = &world.node.app().commands.approvals;
        let refused = approvals.dispatch(&id, Approve::default(), by).await;
        let refused = refused.expect_err("only people decide").to_string();
        assert!(refused.contains("forbidden"), "{refused}");
    }
    let (_, approval) = world.get(&format!("/approvals/{id}")).await;
    assert_eq!(approval["status"], "pending");
}
