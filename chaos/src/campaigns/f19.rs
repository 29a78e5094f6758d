//! F19: one command id, sent many ways at once, over both nodes, by some with another body.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use anyhow::Result;
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use pantheon_harness::checker::{Place, Report};
use pantheon_harness::{Api, Cluster, PATIENCE, Reply, send};
use rand::Rng;
use rand::rngs::StdRng;
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use crate::{Outcome, Run};

/// So many races go on at the same time.
const AT_ONCE: usize = 4;

/// One who sends the command.
struct Racer {
    node: usize,
    /// Whether its body is another one.
    stranger: bool,
    /// How late it starts.
    late: Duration,
}

/// What came of a race.
struct Race {
    id: Uuid,
    racers: usize,
    /// The position of those who were told yes.
    position: i64,
    findings: Vec<String>,
}

pub async fn run(run: &Run) -> Result<Outcome> {
    let cluster = Cluster::start(run.installation()).await?;
    let apis = cluster.apis()?;
    let mut random = run.seed.random(1);
    let most = run.pick(64, 12);
    let races = (0..run.count).map(|_| {
        let id = Uuid::from_u128(random.random());
        let racers = random.random_range(2..=most);
        let racers: Vec<Racer> = (0..racers).map(|_| racer(&mut random)).collect();
        race(&apis, id, racers)
    });
    let races: Vec<Race> = stream::iter(races)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;

    let mut effects: HashMap<Uuid, Vec<i64>> = HashMap::new();
    for event in cluster.log().await? {
        effects
            .entry(event.command_id)
            .or_default()
            .push(event.position);
    }
    let mut report = Report {
        operations: races.iter().map(|race| race.racers).sum(),
        ..Report::default()
    };
    let mut findings = Vec::new();
    for race in races {
        let found = effects.remove(&race.id).unwrap_or_default();
        match found.len() {
            0 => report.lost.push((race.id, Place::Middle)),
            1 => {}
            _ => report.duplicated.push(race.id),
        }
        if found != [race.position] {
            let (id, told) = (race.id, race.position);
            findings.push(format!(
                "{id} was answered at {told} and stands at {found:?}"
            ));
        }
        findings.extend(race.findings);
    }
    let mut outcome = run.outcome(run.count, &report);
    findings
        .into_iter()
        .for_each(|finding| outcome.finds(finding));
    Ok(outcome)
}

fn racer(random: &mut StdRng) -> Racer {
    Racer {
        node: random.random_range(0..2),
        stranger: random.random_bool(0.2),
        late: Duration::from_micros(random.random_range(0..4_000)),
    }
}

async fn race(apis: &[Api], id: Uuid, racers: Vec<Racer>) -> Race {
    let replies = join_all(racers.iter().map(|racer| ask(&apis[racer.node], id, racer))).await;
    let told: BTreeSet<(bool, Option<i64>)> = { racers.iter().zip(&replies) }
        .filter(|(_, reply)| reply.status.is_success())
        .map(|(racer, reply)| (racer.stranger, reply.position()))
        .collect();
    let mut findings = Vec::new();
    if told.len() != 1 {
        findings.push(format!("{id}: not one body at one position: {replies:?}"));
    }
    let (strangers, position) = told.first().copied().unwrap_or_default();
    for (racer, reply) in racers.iter().zip(&replies) {
        let won = racer.stranger == strangers;
        if !won && (reply.status != 422 || reply.code() != "command_mismatch") {
            findings.push(format!("{id}: another body was told {reply:?}"));
        }
        if won && !reply.status.is_success() {
            findings.push(format!("{id}: the same body was told {reply:?}"));
        }
    }
    Race {
        id,
        racers: racers.len(),
        position: position.unwrap_or_default(),
        findings,
    }
}

/// Sends it until it is answered: who is told that there is no room comes back.
async fn ask(api: &Api, id: Uuid, racer: &Racer) -> Reply {
    tokio::time::sleep(racer.late).await;
    let name = if racer.stranger { "theirs" } else { "ours" };
    pantheon_harness::eventually(PATIENCE, async || {
        let request = api.request(Method::POST, "/api/v1/tasks");
        let request = request.header("idempotency-key", id.to_string());
        let reply = send(request.json(&json!({ "name": name }))).await?;
        anyhow::ensure!(reply.status != 503, "{}", reply.text);
        Ok(reply)
    })
    .await
}
