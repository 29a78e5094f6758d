use std::time::Duration;

use anyhow::{Context, Result};
use async_nats::connection::State;
use async_nats::{Client, Subscriber};
use futures_util::StreamExt;
use pantheon_harness::{eventually, soon};
use pantheon_nats::AgentCredentials;
use reqwest::Method;
use serde_json::{Value, json};

use super::fleet::{Fleet, text};

const PATIENCE: Duration = Duration::from_secs(10);

/// An agent on the bus, listening to what it is told.
struct OnBus {
    client: Client,
    told: Subscriber,
}

impl OnBus {
    async fn join(fleet: &Fleet, id: &str) -> Result<Self> {
        let enrolled = fleet.enrol(id, "codegen").await?;
        let seed = text(&enrolled["credentials"]["seed"])?.to_owned();
        let keys = AgentCredentials::from_seed(id.parse()?, seed)?;
        let url = fleet.nats.as_ref().context("a bus")?.url();
        let client = soon(async || keys.connect(&url).await).await;
        let told = client
            .subscribe(format!("pantheon.agent.{id}.tell"))
            .await?;
        client.flush().await?;
        Ok(Self { client, told })
    }

    async fn ask(&self, subject: &str, data: Value) -> Result<Value> {
        let body = json!({ "data": data }).to_string();
        let reply = soon(async || {
            self.client
                .request(subject.to_owned(), body.clone().into())
                .await
        });
        Ok(serde_json::from_slice(&reply.await.payload)?)
    }

    async fn next(&mut self) -> Result<Value> {
        let message = tokio::time::timeout(PATIENCE, self.told.next()).await?;
        Ok(serde_json::from_slice(&message.context("told")?.payload)?)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_heard_and_told_over_the_bus() -> Result<()> {
    let fleet = Fleet::with_bus().await?;
    let mut agent = OnBus::join(&fleet, "worker-1").await?;
    let beat = agent
        .ask(
            "pantheon.agent.worker-1.heartbeat",
            json!({"session_id": "a"}),
        )
        .await?;
    assert_eq!(beat["status"], 200, "{beat}");
    assert_eq!(
        agent.next().await?["tell"],
        "start",
        "who came is told what is wanted"
    );
    fleet.post("/agents/worker-1/pause", json!({})).await?;
    assert_eq!(agent.next().await?["tell"], "pause");
    let confirm = agent
        .ask("pantheon.agent.worker-1.cmd.confirm_control", json!({}))
        .await?;
    assert_eq!(confirm["status"], 200, "{confirm}");
    soon(async || {
        let shown = fleet.get("/agents/worker-1").await;
        shown.is_ok_and(|agent| agent["status"] == "idle")
    })
    .await;
    fleet
        .post("/agents/worker-1/configure", json!({"retryAttempts": 1}))
        .await?;
    let told = agent.next().await?;
    assert_eq!(
        (&told["tell"], &told["data"]["retryAttempts"]),
        (&json!("configure"), &json!(1))
    );
    for (command, data) in [
        ("report_error", json!({"error": "oops"})),
        ("append_log", json!({"entries": [{"message": "hello"}]})),
    ] {
        let subject = format!("pantheon.agent.worker-1.cmd.{command}");
        let answer = agent.ask(&subject, data).await?;
        assert_eq!(answer["status"], 200, "{command} {answer}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_an_absent_agent_is_told_when_it_comes() -> Result<()> {
    let fleet = Fleet::with_bus().await?;
    let mut agent = OnBus::join(&fleet, "worker-1").await?;
    fleet.post("/agents/worker-1/stop", json!({})).await?;
    assert_eq!(
        agent.next().await?["tell"],
        "stop",
        "told at once, heard or not"
    );
    agent
        .ask(
            "pantheon.agent.worker-1.heartbeat",
            json!({"session_id": "a"}),
        )
        .await?;
    assert_eq!(
        agent.next().await?["tell"],
        "stop",
        "told again to who came"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_cuts_an_open_connection_within_5_seconds() -> Result<()> {
    let fleet = Fleet::with_bus().await?;
    let agent = OnBus::join(&fleet, "worker-1").await?;
    fleet
        .send(Method::DELETE, "/agents/worker-1", &fleet.admin, &[], None)
        .await?;
    eventually(Duration::from_secs(5), async || {
        agent.client.connection_state() != State::Connected
    })
    .await;
    Ok(())
}
