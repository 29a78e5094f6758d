//! The deployment agent over NATS (CON-52): told, doing, and told again.

use std::time::Duration;

use pantheon::auth::Role;
use pantheon::simulate::{Fleet, Profile};
use pantheon_nats::AgentCredentials;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::words::{obey, way};
use crate::world::{OnBus, World};

const TOLD: &str = "deployment_requested";

async fn joined(world: &World) -> (AgentCredentials, OnBus) {
    let keys = world.enrol("deployment", "deployment").await;
    let agent = world.join(&keys).await;
    (keys, agent)
}

#[tokio::test(flavor = "multi_thread")]
async fn staging_goes_through_its_stages_by_the_agent() {
    let world = World::with_bus(&[]).await;
    let (_, mut agent) = joined(&world).await;
    let id = world.deploy("staging", "v1").await;
    let told = agent.told_of(TOLD).await;
    let expected = json!({ "environment_id": world.environment("staging"), "deployment_id": id,
        "environment": "staging", "version": "v1", "commit_sha": null, "completed_stages": [] });
    assert_eq!(told["data"], expected);
    // The environment need not be named: it is the deployment's.
    for (command, data) in way(&id, &[]) {
        agent.done(command, data).await;
    }
    let unknown = json!({ "deployment_id": uuid::Uuid::now_v7() });
    let refused = agent.ask("start_deployment", unknown).await;
    assert_eq!(refused["code"], "not_found", "{refused}");
    let done = world.deployment(&id).await;
    let expected = json!({ "status": "success", "health_check_status": "healthy",
        "deployment_type": "manual", "rollback_available": false });
    for (field, value) in expected.as_object().expect("fields") {
        assert_eq!(&done[field], value, "{field}");
    }
    for time in ["started_at", "completed_at"] {
        assert!(done[time].is_string(), "{time}: {done}");
    }
    let stages = done["stages"].as_array().expect("stages");
    assert!(stages.iter().all(|stage| stage["status"] == "completed"
        && stage["started_at"].is_string()
        && stage["completed_at"].is_string()
        && stage["duration_seconds"].is_number()));
}

#[tokio::test(flavor = "multi_thread")]
async fn production_waits_is_approved_and_then_runs_through_its_stages() {
    let world = World::with_bus(&[]).await;
    let (_, mut agent) = joined(&world).await;
    let id = world.deploy("production", "v1").await;
    let approval = world.approval_of(&id).await;
    let data = json!({ "environment_id": world.environment("production"), "deployment_id": id });
    let early = agent.ask("start_deployment", data).await;
    assert_eq!(
        (&early["status"], &early["code"]),
        (&json!(422), &json!("invalid_transition"))
    );
    let bob = world.person("bob", Role::Admin);
    world.approve(&bob, &approval).await;
    let told = agent.told_of(TOLD).await;
    assert_eq!(told["data"]["deployment_id"], json!(id));
    obey(&agent, &told).await;
    assert_eq!(world.deployment(&id).await["status"], "success");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_was_away_is_told_when_it_comes() {
    let world = World::with_bus(&[]).await;
    let keys = world.enrol("deployment", "deployment").await;
    let id = world.deploy("staging", "v1").await;
    world.happens("staging", "deployment_released").await;
    let mut agent = world.join(&keys).await;
    agent.beat("first").await;
    let told = agent.told_of(TOLD).await;
    assert_eq!(told["data"]["deployment_id"], json!(id));
    obey(&agent, &told).await;
    assert_eq!(world.deployment(&id).await["status"], "success");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_broke_off_goes_on_where_it_was() {
    let world = World::with_bus(&[]).await;
    let (keys, mut agent) = joined(&world).await;
    agent.beat("first").await;
    let id = world.deploy("staging", "v1").await;
    let told = agent.told_of(TOLD).await;
    let stream = world.environment("staging");
    // Build is done and test has begun when the agent's process ends.
    for (command, mut data) in way(&id, &[]).into_iter().take(5) {
        data["environment_id"] = json!(stream);
        agent.done(command, data).await;
    }
    assert_eq!(told["data"]["completed_stages"], json!([]));
    drop(agent);
    let mut agent = world.join(&keys).await;
    agent.beat("second").await;
    let told = agent.told_of(TOLD).await;
    assert_eq!(
        (
            &told["data"]["deployment_id"],
            &told["data"]["completed_stages"]
        ),
        (&json!(id), &json!(["build"]))
    );
    obey(&agent, &told).await;
    assert_eq!(world.deployment(&id).await["status"], "success");
    let events = world.happened("staging").await;
    for once in ["deployment_started", "deployment_completed"] {
        let found = events.iter().filter(|kind| *kind == once).count();
        assert_eq!(found, 1, "{once}: {events:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_has_started_is_told_again() {
    let world = World::with_bus(&[]).await;
    let (_, mut agent) = joined(&world).await;
    let id = world.deploy("staging", "v1").await;
    let first = agent.told_of(TOLD).await;
    world.time.pass(35);
    let again = agent.told_of(TOLD).await;
    assert_eq!(again["data"], first["data"]);
    obey(&agent, &again).await;
    assert_eq!(world.deployment(&id).await["status"], "success");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_hears_of_its_own_tenant_s_deployments_only() {
    let world = World::with_bus(&[]).await;
    let (_, mut agent) = joined(&world).await;
    world.organization("elsewhere").await;
    let stranger = world.stranger();
    let body = json!({ "environment": "staging", "version": "secret" });
    let (status, foreign) = world.post_as(&stranger, "/deployments", body).await;
    assert_eq!(status, 201, "{foreign}");
    pantheon_harness::soon(async || {
        let path = "/events?type=deployment_released&after=0";
        let (_, page) = world.get_as(&stranger, path).await;
        page["items"]
            .as_array()
            .is_some_and(|items| !items.is_empty())
    })
    .await;
    let own = world.deploy("staging", "v1").await;
    // Told in the order of the log: what comes first is what was told first.
    let told = agent.told_of(TOLD).await;
    assert_eq!(told["data"]["deployment_id"], json!(own));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_simulated_agent_plays_the_deployment_agent() {
    let world = World::with_bus(&[]).await;
    let keys = world.enrol("deployment", "deployment").await;
    let profile = Profile {
        heartbeat: Duration::from_millis(200),
        step: Duration::from_millis(10),
        works: false,
        ..Profile::default()
    };
    let url = world.nats.as_ref().expect("a bus").url();
    let fleet = Fleet::start(&url, vec![keys], profile, 7, CancellationToken::new());
    let id = world.deploy("staging", "v1").await;
    let done = world.until(&id, |one| one["status"] == "success").await;
    assert_eq!(done["outcome"], Value::Null);
    let other = world.deploy("production", "v1").await;
    let approval = world.approval_of(&other).await;
    let bob = world.person("bob", Role::Admin);
    world.approve(&bob, &approval).await;
    world.until(&other, |one| one["status"] == "success").await;
    fleet.stop().await;
}
