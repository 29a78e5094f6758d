//! G9: order inside a stream is safe with several nodes appending.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use futures_util::future::join_all;
use pantheon_events::agents::CATALOGUE;
use pantheon_harness::{Api, Cluster, Reply, Seed, send};
use rand::Rng;
use rand::rngs::StdRng;
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use super::installation;

const RACERS: usize = 12;

async fn change(api: &Api, task: &str, expected: Option<i64>, word: &str) -> Result<Reply> {
    let request = api.request(Method::PATCH, &format!("/api/v1/tasks/{task}"));
    let request = request.json(&json!({ "description": word }));
    send(match expected {
        Some(sequence) => request.header("if-match", format!("\"{sequence}\"")),
        None => request,
    })
    .await
}

async fn task(cluster: &Cluster) -> Result<String> {
    let made = cluster
        .api(0)?
        .post("/tasks", &json!({ "name": "contended" }))
        .await?;
    let made = made.expect(201)?;
    Ok(made.body["id"].as_str().context("a task")?.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn g09_of_racers_on_two_nodes_with_one_expected_sequence_exactly_one_commits() -> Result<()> {
    let seed = Seed::of_run();
    let mut random = seed.random(1);
    let cluster = Cluster::start(installation().nodes(2)).await?;
    let (apis, task) = (cluster.apis()?, task(&cluster).await?);
    for sequence in 1..=30 {
        let nodes: Vec<usize> = (0..RACERS).map(|_| random.random_range(0..2)).collect();
        let racers = nodes.iter().enumerate().map(|(racer, node)| {
            let word = format!("{sequence} {racer}");
            let (api, task) = (&apis[*node], &task);
            async move { change(api, task, Some(sequence), &word).await }
        });
        let replies: Vec<Reply> = join_all(racers).await.into_iter().collect::<Result<_>>()?;
        let won = replies
            .iter()
            .filter(|reply| reply.status.is_success())
            .count();
        let told = replies.iter().filter(|reply| reply.status == 412).count();
        ensure!((won, told) == (1, RACERS - 1), "{seed:?}: {replies:?}");
    }
    let mut sequences = Vec::new();
    for event in cluster
        .log()
        .await?
        .iter()
        .filter(|event| event.aggregate_id == task)
    {
        sequences.push(event.sequence);
    }
    ensure!(
        sequences == (1..=31).collect::<Vec<_>>(),
        "{seed:?}: {sequences:?}"
    );
    Ok(())
}

/// Changes without an expected sequence: each is decided again until it fits, or says 409.
async fn contend(apis: Vec<Api>, task: String, mut random: StdRng) -> Result<Vec<(i64, String)>> {
    let mut done = Vec::new();
    for _ in 0..20 {
        let word = Uuid::from_u128(random.random()).to_string();
        let api = &apis[random.random_range(0..apis.len())];
        let reply = change(api, &task, None, &word).await?;
        match reply.status.as_u16() {
            200 | 202 => done.push((reply.position().context("a position")?, word)),
            409 => ensure!(reply.code() == "sequence_conflict", "{}", reply.text),
            other => anyhow::bail!("{other}: {}", reply.text),
        }
    }
    Ok(done)
}

#[tokio::test(flavor = "multi_thread")]
async fn g09_two_nodes_on_one_aggregate_lose_no_change_and_leave_no_hole() -> Result<()> {
    let seed = Seed::of_run();
    let cluster = Cluster::start(installation().nodes(2)).await?;
    let task = task(&cluster).await?;
    let racers = (0..8).map(|n| {
        contend(
            cluster.apis().unwrap_or_default(),
            task.clone(),
            seed.random(n),
        )
    });
    let mut done = BTreeMap::new();
    for changes in join_all(racers).await {
        done.extend(changes.with_context(|| format!("{seed:?}"))?);
    }
    ensure!(
        done.len() > 80,
        "{seed:?}: only {} changes got through",
        done.len()
    );
    let mut log = cluster.log().await?;
    log.retain(|event| event.aggregate_id == task);
    for (event, sequence) in log.iter().zip(1..) {
        ensure!(
            event.sequence == sequence,
            "{seed:?}: {event:?} is not number {sequence}"
        );
    }
    let logged: BTreeMap<i64, String> = log
        .iter()
        .filter(|event| event.event_type == "task_updated")
        .map(|event| {
            (
                event.position,
                event.payload["description"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
            )
        })
        .collect();
    ensure!(
        logged == done,
        "{seed:?}: what was answered is what stands there"
    );
    let last = done.last_key_value().context("changes")?;
    let path = format!("/tasks/{task}?min_position={}&wait=10", last.0);
    let shown = cluster.api(1)?.get(&path).await?.expect(200)?;
    ensure!(
        shown.body["task"]["description"] == last.1.as_str(),
        "{}",
        shown.text
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g09_a_task_that_racers_on_two_nodes_claim_has_one_holder() -> Result<()> {
    let seed = Seed::of_run();
    let mut random = seed.random(1);
    let cluster = Cluster::start(installation().nodes(2)).await?;
    let apis = cluster.apis()?;
    for _ in 0..25 {
        let task = task(&cluster).await?;
        let nodes: Vec<usize> = (0..RACERS).map(|_| random.random_range(0..2)).collect();
        let racers = nodes.iter().enumerate().map(|(racer, node)| {
            let agent = CATALOGUE[racer].id;
            let claim = json!({ "id": task, "data": { "agent_id": agent } });
            let api = &apis[*node];
            async move { api.post("/commands/task/claim_task", &claim).await }
        });
        let replies: Vec<Reply> = join_all(racers).await.into_iter().collect::<Result<_>>()?;
        let won = replies.iter().filter(|reply| reply.status == 200).count();
        ensure!(won == 1, "{seed:?}: {won} hold one task: {replies:?}");
        ensure!(
            replies.iter().all(|reply| !reply.status.is_server_error()),
            "{seed:?}: {replies:?}"
        );
    }
    Ok(())
}
