//! Taking the newest success back (CON-53).

use pantheon::auth::Role;
use serde_json::json;
use uuid::Uuid;

use crate::approvals::words::{no, refusal};
use crate::world::World;

#[tokio::test]
async fn the_newest_success_is_taken_back_to_the_one_before() {
    let world = World::new().await;
    let first = world.rolled_out("staging", "v1").await;
    assert_eq!(world.deployment(&first).await["rollback_available"], false);
    let second = world.rolled_out("staging", "v2").await;
    assert_eq!(world.deployment(&second).await["rollback_available"], true);
    let back = async |id: &str| {
        let path = format!("/deployments/{id}/rollback");
        world
            .post(&path, json!({ "reason": "errors went up" }))
            .await
    };
    assert_eq!(refusal(back(&first).await), no(422, "rollback_unavailable"));
    let (status, made) = back(&second).await;
    assert_eq!(status, 201, "{made}");
    let expected = json!({ "status": "pending", "version": "v1", "name": "staging v1",
        "deployment_type": "rollback", "deployed_by": crate::world::ADMIN });
    for (field, value) in expected.as_object().expect("fields") {
        assert_eq!(&made[field], value, "{field}");
    }
    let taken = world.deployment(&second).await;
    assert_eq!(
        (
            &taken["status"],
            &taken["outcome"],
            &taken["rollback_available"]
        ),
        (&json!("failed"), &json!("rolled_back"), &json!(false))
    );
    assert_eq!(
        refusal(back(&second).await),
        no(422, "deployment_in_progress")
    );
    let id = made["id"].as_str().expect("an id");
    world.carry_out("staging", id).await;
    assert_eq!(world.deployment(id).await["status"], "success");
    assert_eq!(
        refusal(back(&second).await),
        no(422, "rollback_unavailable")
    );
    let missing = back(&Uuid::now_v7().to_string()).await;
    assert_eq!(refusal(missing), no(404, "not_found"));
}

#[tokio::test]
async fn taking_production_back_waits_for_an_approval_too() {
    let world = World::new().await;
    let bob = world.person("bob", Role::Admin);
    let mut newest = String::new();
    for version in ["v1", "v2"] {
        newest = world.deploy("production", version).await;
        let approval = world.approval_of(&newest).await;
        world.approve(&bob, &approval).await;
        world.carry_out("production", &newest).await;
    }
    let (_, made) = world
        .post(&format!("/deployments/{newest}/rollback"), json!({}))
        .await;
    let id = made["id"].as_str().expect("an id");
    let approval = world.approval_of(id).await;
    world.approve(&bob, &approval).await;
    world.carry_out("production", id).await;
    assert_eq!(world.deployment(id).await["version"], "v1");
}

#[tokio::test]
async fn what_is_taken_back_to_is_the_very_commit_that_was_rolled_out() {
    let world = World::new().await;
    let mut newest = String::new();
    for (commit, pull) in [("a1", 1), ("b2", 2)] {
        let body = json!({ "environment": "staging", "commit_sha": commit, "pr_number": pull });
        let (status, made) = world.post("/deployments", body).await;
        assert_eq!((status.as_u16(), &made["version"]), (201, &json!("latest")));
        newest = made["id"].as_str().expect("an id").to_owned();
        world.carry_out("staging", &newest).await;
    }
    let (status, made) = world
        .post(&format!("/deployments/{newest}/rollback"), json!({}))
        .await;
    assert_eq!(status, 201, "{made}");
    for (field, value) in [
        ("version", json!("latest")),
        ("commit_sha", json!("a1")),
        ("pr_number", json!(1)),
    ] {
        assert_eq!(made[field], value, "{field}: {made}");
    }
}
