//! S05: every subject of the bus that takes something.

use std::time::Duration;

use async_nats::{Client, HeaderMap};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use pantheon::auth::table;
use pantheon_harness::soon;
use pantheon_nats::AgentCredentials;
use serde_json::{Value, json};

use super::bodies::{AT_ONCE, NOBODY, Sender};
use super::example::Book;
use super::judge::{Refusal, Unchanged, refusal};
use super::spoil::{Spoilt, spoilt, spoilt_of};
use crate::world::World;

const AGENT: &str = "hostile-1";
const PATIENCE: Duration = Duration::from_secs(20);
/// More than a door takes, and less than nats-server does.
const TOO_LARGE: usize = 1 << 20;

/// A node with a service and an agent on its bus.
struct OnBus {
    world: World,
    service: Client,
    agent: Client,
    agent_token: String,
}

impl OnBus {
    async fn new() -> Self {
        let world = World::with_bus(&[]).await;
        let url = world.nats.as_ref().expect("a bus").url();
        let service = world.service().await;
        let agent = json!({ "id": AGENT, "type": "codegen" });
        let (status, enrolled) = world.post("/agents", agent).await;
        assert_eq!(status, 201, "{enrolled}");
        let text = |name: &str| {
            enrolled["credentials"][name]
                .as_str()
                .expect("text")
                .to_owned()
        };
        let keys = AgentCredentials::from_seed(AGENT.parse().expect("an id"), text("seed"));
        let keys = keys.expect("a key");
        let agent = soon(async || keys.connect(&url).await).await;
        let open = soon(async || service.request("$SRV.PING.pantheon", Bytes::new()).await);
        open.await;
        Self {
            service,
            agent,
            agent_token: text("token"),
            world,
        }
    }

    async fn ask(
        &self,
        client: &Client,
        subject: &str,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Value {
        let asked = client.request_with_headers(subject.to_owned(), headers, body.into());
        let reply = tokio::time::timeout(PATIENCE, asked).await;
        let reply = reply.unwrap_or_else(|_| panic!("{subject}: no answer"));
        let reply = reply.unwrap_or_else(|error| panic!("{subject}: {error}"));
        serde_json::from_slice(&reply.payload).expect("JSON")
    }

    /// A command of a service, as whoever may.
    async fn command(&self, token: &str, subject: &str, body: Vec<u8>) -> Value {
        let mut headers = HeaderMap::new();
        headers.insert("Authorization", format!("Bearer {token}"));
        self.ask(&self.service, subject, headers, body).await
    }
}

fn judged(what: &str, reply: &Value) -> Refusal {
    let status = reply["status"].as_u64().expect("a status");
    assert!((400..500).contains(&status), "{what}: {reply}");
    refusal(what, u16::try_from(status).expect("a status"), reply)
}

fn judge_spoilt(what: &str, spoilt: &Spoilt, may_be_refused: bool, reply: &Value) {
    let what = format!("{what} {}", spoilt.what);
    let refusal = judged(&what, reply);
    let got = (refusal.status, refusal.code.as_str());
    if spoilt.readable || spoilt.bytes.len() > TOO_LARGE || may_be_refused && got.0 == 403 {
        return;
    }
    assert_eq!(got, spoilt.wanted(), "{what}");
}

/// nats-server itself takes no more.
fn fits(spoilt: &Spoilt) -> bool {
    spoilt.bytes.len() < 1_000_000
}

#[tokio::test(flavor = "multi_thread")]
async fn s05_every_spoilt_command_of_services_is_refused_and_changes_nothing() {
    let bus = OnBus::new().await;
    let contract = pantheon::asyncapi::document();
    let channels = contract["channels"].as_object().expect("channels");
    for (id, channel) in channels.iter().filter(|(id, _)| id.starts_with("cmd.")) {
        let log = Unchanged::since_now(&bus.world).await;
        let (aggregate, name) = id["cmd.".len()..].split_once('.').expect("two names");
        let need = table::command(aggregate, name).expect("a row");
        let sender = Sender::of(need);
        let token = if sender == Sender::Agents {
            &bus.agent_token
        } else {
            &bus.world.admin
        };
        let subject = channel["address"].as_str().expect("an address");
        let schema = &contract["components"]["messages"][format!("{aggregate}.{name}")]["payload"];
        let mut good = Book(contract).example(schema);
        good["id"] = NOBODY.into();
        let all = spoilt_of(Book(contract), schema, &good)
            .into_iter()
            .filter(fits);
        let tries = all.map(|spoilt| {
            let bus = &bus;
            async move {
                let reply = bus.command(token, subject, spoilt.bytes.clone()).await;
                judge_spoilt(subject, &spoilt, sender != Sender::People, &reply);
            }
        });
        stream::iter(tries)
            .buffer_unordered(AT_ONCE)
            .collect::<Vec<()>>()
            .await;
        log.still(subject).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s05_every_spoilt_command_of_agents_is_refused_and_changes_nothing() {
    let bus = OnBus::new().await;
    let contract = pantheon::asyncapi::document();
    let channels = contract["channels"].as_object().expect("channels");
    let own = channels
        .iter()
        .filter(|(id, _)| id.starts_with("agent.") || *id == "heartbeat");
    for (id, channel) in own {
        let log = Unchanged::since_now(&bus.world).await;
        let subject = channel["address"].as_str().expect("an address");
        let subject = subject.replace("{agent_id}", AGENT);
        let schema = &contract["components"]["messages"][id]["payload"];
        let mut good = Book(contract).example(schema);
        good["id"] = AGENT.into();
        let all = spoilt_of(Book(contract), schema, &good)
            .into_iter()
            .filter(fits);
        let tries = all.map(|spoilt| {
            let (bus, subject) = (&bus, subject.as_str());
            async move {
                let body = spoilt.bytes.clone();
                let reply = bus.ask(&bus.agent, subject, HeaderMap::new(), body).await;
                judge_spoilt(subject, &spoilt, true, &reply);
            }
        });
        stream::iter(tries)
            .buffer_unordered(AT_ONCE)
            .collect::<Vec<()>>()
            .await;
        log.still(&subject).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s05_bad_subjects_headers_and_sizes_are_refused_and_change_nothing() {
    let bus = OnBus::new().await;
    let log = Unchanged::since_now(&bus.world).await;
    let admin = bus.world.admin.clone();
    for subject in [
        "pantheon.cmd.task.no_such",
        "pantheon.cmd.no_such.create_task",
        "pantheon.cmd.task.=00",
        "pantheon.cmd.==.==",
        "pantheon.cmd.task.%00",
        "pantheon.cmd.TASK.create_task",
    ] {
        let refusal = judged(subject, &bus.command(&admin, subject, b"{}".to_vec()).await);
        assert!(
            matches!(refusal.status, 400 | 404),
            "{subject}: {refusal:?}"
        );
    }
    for command in ["no_such", "=00", "%FF", "CLAIM_TASK", "=="] {
        let subject = format!("pantheon.agent.{AGENT}.cmd.{command}");
        let reply = bus
            .ask(&bus.agent, &subject, HeaderMap::new(), b"{}".to_vec())
            .await;
        let refusal = judged(&subject, &reply);
        assert!(
            matches!(refusal.status, 400 | 404),
            "{subject}: {refusal:?}"
        );
    }
    let subject = "pantheon.cmd.task.create_task";
    for token in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer forged",
        "Basic eDp4",
        "\u{1}",
    ] {
        let mut headers = HeaderMap::new();
        headers.insert("Authorization", token);
        let reply = bus
            .ask(&bus.service, subject, headers, b"{}".to_vec())
            .await;
        let refusal = judged(token, &reply);
        assert_eq!(
            (refusal.status, refusal.code.as_str()),
            (401, "unauthenticated"),
            "{token}"
        );
    }
    let large = format!("{{\"data\":{{}}{}}}", " ".repeat(TOO_LARGE));
    let refusal = judged(
        "a large body",
        &bus.command(&admin, subject, large.into_bytes()).await,
    );
    assert_eq!(
        (refusal.status, refusal.code.as_str()),
        (413, "body_too_large")
    );
    log.still("a subject").await;
}

/// What a header says is kept with the event, unless it cannot be.
#[tokio::test(flavor = "multi_thread")]
async fn odd_headers_do_not_harm_a_good_command() {
    let bus = OnBus::new().await;
    for text in [
        "\u{0}",
        "a\u{0}b",
        &"x".repeat(5_000),
        "",
        "é",
        "00-zz-zz-zz",
    ] {
        let mut headers = HeaderMap::new();
        headers.insert("Authorization", format!("Bearer {}", bus.world.admin));
        for name in ["X-Request-Id", "traceparent", "Nats-Msg-Id"] {
            headers.insert(name, text);
        }
        let body = json!({ "data": { "name": "a" } }).to_string();
        let subject = "pantheon.cmd.task.create_task";
        let reply = bus
            .ask(&bus.service, subject, headers, body.into_bytes())
            .await;
        assert_eq!(reply["status"], 200, "{text:?}: {reply}");
    }
}

/// Nobody waits for an answer to these, so the log is all there is to see.
#[tokio::test(flavor = "multi_thread")]
async fn heartbeats_that_are_none_leave_nothing_behind() {
    let bus = OnBus::new().await;
    let contract = pantheon::asyncapi::document();
    let schema = &contract["components"]["messages"]["heartbeat"]["payload"];
    let log = Unchanged::since_now(&bus.world).await;
    let subject = format!("pantheon.agent.{AGENT}.heartbeat");
    for spoilt in spoilt(Book(contract), schema).into_iter().filter(fits) {
        let sent = bus
            .agent
            .publish(subject.clone(), spoilt.bytes.into())
            .await;
        sent.expect("it is sent");
    }
    // What is answered now came after all of them.
    let reply = bus
        .ask(&bus.agent, &subject, HeaderMap::new(), b"[]".to_vec())
        .await;
    judged("a list", &reply);
    log.still("a heartbeat").await;
}
