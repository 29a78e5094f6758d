//! F20: what only one may have – a task, the last piece, the say on a question – wanted by sixteen at
//! once, over both nodes.

use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::future::join_all;
use pantheon::auth::Role;
use pantheon_events::agents::CATALOGUE;
use pantheon_harness::checker::Report;
use pantheon_harness::evidence::Logged;
use pantheon_harness::{Api, Cluster, Reply};
use rand::Rng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Outcome, Run};

const RACERS: usize = 16;

/// What is raced for.
#[derive(Clone, Copy, Debug)]
enum Prize {
    /// Who holds a task.
    Task,
    /// Who gets the last piece.
    Piece,
    /// Whose word decides.
    Word,
}

const PRIZES: [Prize; 3] = [Prize::Task, Prize::Piece, Prize::Word];

/// Several doors, and who stands there.
struct Ground {
    nodes: Vec<Api>,
    /// Sixteen who may decide, none of them the one who asks.
    deciders: Vec<String>,
}

pub async fn run(run: &Run) -> Result<Outcome> {
    let cluster = Cluster::start(run.installation()).await?;
    let people = (0..RACERS).map(|n| cluster.person(&format!("decider-{n}"), Role::Admin));
    let ground = Ground {
        nodes: cluster.apis()?,
        deciders: people.collect(),
    };
    let mut random = run.seed.random(1);
    let mut findings = Vec::new();
    let mut raced = Vec::new();
    for number in 0..run.count {
        let prize = PRIZES[usize::try_from(number)? % PRIZES.len()];
        let id = ground.put_up(prize).await?;
        let replies = ground.race(prize, &id, &mut random).await?;
        let won = replies
            .iter()
            .filter(|reply| reply.status.is_success())
            .count();
        let broken = replies.iter().any(|reply| reply.status.is_server_error());
        if won != 1 || broken {
            findings.push(format!("{prize:?} {id}: {won} won: {replies:?}"));
        }
        raced.push((prize, id));
    }
    let log = cluster.log().await?;
    for (prize, id) in raced {
        let effects = log
            .iter()
            .filter(|event| prize.is_given(event, &id))
            .count();
        if effects != 1 {
            findings.push(format!("{prize:?} {id} was given {effects} times"));
        }
    }
    let report = Report {
        operations: usize::try_from(run.count)? * RACERS,
        ..Report::default()
    };
    let mut outcome = run.outcome(run.count, &report);
    findings
        .into_iter()
        .for_each(|finding| outcome.finds(finding));
    Ok(outcome)
}

impl Prize {
    /// Whether this event gives it to somebody.
    fn is_given(self, event: &Logged, id: &str) -> bool {
        let kinds: &[&str] = match self {
            Self::Task => &["task_started"],
            Self::Piece => &["stock_reserved"],
            Self::Word => &["approval_approved", "approval_rejected"],
        };
        event.aggregate_id == id && kinds.contains(&event.event_type.as_str())
    }
}

impl Ground {
    async fn put_up(&self, prize: Prize) -> Result<String> {
        let (path, body) = match prize {
            Prize::Task => ("/tasks", json!({ "name": "wanted" })),
            Prize::Piece => (
                "/products",
                json!({ "name": "Lamp", "price": "9.90", "stock": 1 }),
            ),
            Prize::Word => (
                "/approvals",
                json!({ "resource_type": "payment_refund", "resource_id": Uuid::now_v7() }),
            ),
        };
        let made = self.nodes[0].post(path, &body).await?;
        let id = made.body["id"].as_str();
        Ok(id.with_context(|| made.text.clone())?.to_owned())
    }

    async fn race(&self, prize: Prize, id: &str, random: &mut StdRng) -> Result<Vec<Reply>> {
        let starts =
            (0..RACERS).map(|_| (random.random_range(0..2), random.random_range(0..4_000)));
        let starts: Vec<(usize, u64)> = starts.collect();
        let racers = starts
            .into_iter()
            .enumerate()
            .map(|(racer, (node, late))| async move {
                tokio::time::sleep(Duration::from_micros(late)).await;
                let (path, body) = wish(prize, id, racer);
                let api = match prize {
                    Prize::Word => self.nodes[node].with_token(&self.deciders[racer]),
                    _ => self.nodes[node].clone(),
                };
                api.post(&path, &body).await
            });
        join_all(racers).await.into_iter().collect()
    }
}

fn wish(prize: Prize, id: &str, racer: usize) -> (String, Value) {
    match prize {
        Prize::Task => {
            let data = json!({ "agent_id": CATALOGUE[racer].id });
            (
                "/commands/task/claim_task".to_owned(),
                json!({ "id": id, "data": data }),
            )
        }
        Prize::Piece => (
            "/orders".to_owned(),
            json!({ "product_id": id, "quantity": 1 }),
        ),
        Prize::Word if racer % 2 == 0 => (format!("/approvals/{id}/approve"), json!({})),
        Prize::Word => (
            format!("/approvals/{id}/reject"),
            json!({ "comments": "no" }),
        ),
    }
}
