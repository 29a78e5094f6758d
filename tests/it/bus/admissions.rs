//! Who may speak is what the log says, whatever the read models and the system account do.

use std::time::Duration;

use async_nats::connection::State;
use pantheon_harness::{eventually, soon};
use pantheon_nats::{AgentCredentials, BusKeys};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::World;

/// An agent with its credentials for NATS and for HTTP.
struct Enrolled {
    keys: AgentCredentials,
    token: String,
}

async fn enrol(world: &World, id: &str) -> Enrolled {
    let body = json!({ "id": id, "type": "codegen" });
    let (status, body) = world.post("/agents", body).await;
    assert!(status.is_success(), "{status} {body}");
    let text = |name: &str| body["credentials"][name].as_str().expect("text").to_owned();
    let id = id.parse().expect("an agent id");
    Enrolled {
        keys: AgentCredentials::from_seed(id, text("seed")).expect("a seed"),
        token: text("token"),
    }
}

impl Enrolled {
    async fn connect(&self, world: &World) -> async_nats::Client {
        let url = world.nats.as_ref().expect("a bus").url();
        soon(async || self.keys.connect(&url).await).await
    }

    async fn is_refused(&self, world: &World) -> bool {
        let url = world.nats.as_ref().expect("a bus").url();
        self.keys.connect(&url).await.is_err()
    }
}

async fn beat(client: &async_nats::Client, id: &str) -> Value {
    let subject = format!("pantheon.agent.{id}.heartbeat");
    let reply = soon(async || client.request(subject.clone(), "{}".into()).await).await;
    serde_json::from_slice(&reply.payload).expect("JSON")
}

async fn revoke(world: &World, id: &str) {
    let (status, body) = world.delete(&format!("/agents/{id}")).await;
    assert!(status.is_success(), "{status} {body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_counts_although_the_read_model_of_agents_is_paused() {
    let world = World::with_bus(&[]).await;
    let agent = enrol(&world, "worker-1").await;
    let client = agent.connect(&world).await;
    let (status, body) = world.post("/projections/agents/pause", json!({})).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    revoke(&world, "worker-1").await;
    eventually(Duration::from_secs(5), async || {
        client.connection_state() != State::Connected
    })
    .await;
    assert!(agent.is_refused(&world).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_counts_after_a_restart_although_the_read_model_had_parked_the_agent() {
    let world = World::with_bus(&[]).await;
    let agent = enrol(&world, "worker-1").await;
    world.current("/agents/worker-1").await;
    let park = "insert into parked_streams \
        (projection, aggregate_type, aggregate_id, position, error, attempts) \
        values ('agents', 'agent', 'worker-1', 1, 'poison', 3)";
    let parked = sqlx::query(park).execute(world.node.app().log.pool()).await;
    parked.expect("parked");
    let world = world.restarted().await;
    revoke(&world, "worker-1").await;
    let shown = world.current("/agents/worker-1").await;
    assert_eq!(
        shown["enrolled"], true,
        "the read model skips the revocation"
    );

    let world = world.restarted().await;
    let path = "/agents/worker-1/heartbeat";
    let asked = async || {
        let request = world.request_as(&agent.token, Method::POST, path);
        let answer = request.json(&json!({})).send().await.expect("an answer");
        answer.status()
    };
    soon(async || asked().await == StatusCode::UNAUTHORIZED).await;
    assert!(agent.is_refused(&world).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_be_cut_is_refused_at_the_doors_and_the_node_says_that_it_cannot_cut() {
    let stranger = BusKeys::generate().expect("keys");
    let world = World::with_bus_but(&[], |keys| keys.system = stranger.system).await;
    let agent = enrol(&world, "worker-1").await;
    let client = agent.connect(&world).await;
    assert_eq!(beat(&client, "worker-1").await["status"], 200);
    revoke(&world, "worker-1").await;
    eventually(Duration::from_secs(5), async || {
        beat(&client, "worker-1").await["status"] == 401
    })
    .await;
    let claim = client.request("pantheon.agent.worker-1.cmd.claim_task", "{}".into());
    let claim = claim.await.expect("an answer");
    let claim: Value = serde_json::from_slice(&claim.payload).expect("JSON");
    assert_eq!(claim["status"], 401, "{claim}");
    let cannot_cut = "nats system".to_owned();
    soon(async || world.failing().await.contains(&cannot_cut)).await;
}
