//! P12: queries per second while the data change: all of 1,000 agents, the system's metrics, one
//! task; against answers of the same size without work.

use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::connection::{Asking, Beats};
use crate::load::{Caller, Load, drive, micros, rate};
use crate::measure::{Bar, Measure};
use crate::noop;
use crate::served::Served;
use crate::stage::Stage;
use crate::workload;

const BAR: Bar = Bar::AtLeast(0.5);
const BAR_P99: f64 = 20.0;
const CONNECTIONS: usize = 64;
/// Heartbeats per second that change what is asked for.
const CHANGES: u32 = 100;

struct Query {
    id: &'static str,
    /// As the router writes it.
    route: &'static str,
    path: String,
}

pub async fn measure(stage: &Stage) -> Result<Vec<Measure>> {
    let served = Served::start(stage, "p12", None).await?;
    let token = served.operator();
    let queries = [
        query("P12.agents", "/api/v1/agents"),
        query("P12.metrics", "/api/v1/system/metrics"),
        Query {
            id: "P12.task",
            route: "/api/v1/tasks/{id}",
            path: format!("/api/v1/tasks/{}", task(&served).await?),
        },
    ];
    served.caught_up().await?;
    let mut bodies = Vec::new();
    for query in &queries {
        let mut asking = Asking::open(served.address(), &query.path, &token).await?;
        bodies.push((query.route, Bytes::copy_from_slice(asking.ask().await?)));
    }
    let sizes: Vec<usize> = bodies.iter().map(|(_, body)| body.len()).collect();
    let stop = CancellationToken::new();
    let nothing = noop::start(served.node.app(), bodies, stop.clone()).await?;
    let beats = Beats::open(served.address(), 0, &served.tokens[0]).await?;
    let changing = tokio::spawn(change(beats, stop.clone()));
    let mut measures = Vec::new();
    for (query, size) in queries.iter().zip(sizes) {
        let (own, idle) = compare(stage, &served, nothing, &query.path, &token).await?;
        let p99 = micros(&own, 0.99) / 1000.0;
        let note = format!("{size} bytes, p99 {p99:.1} ms (at most {BAR_P99}); noop of that size");
        let both = (rate(&own), rate(&idle));
        measures.push(Measure::ratio(query.id, "queries/s", both, BAR, note).and(p99 <= BAR_P99));
    }
    stop.cancel();
    let changes = changing.await.context("changing broke off")??;
    note_changes(&mut measures, changes);
    served.stop(stage, "p12").await?;
    Ok(measures)
}

fn query(id: &'static str, route: &'static str) -> Query {
    Query {
        id,
        route,
        path: route.to_owned(),
    }
}

async fn task(served: &Served) -> Result<String> {
    let by = workload::by_operator();
    let id = by.command_id.created("task").to_string();
    let tasks = &served.node.app().commands.tasks;
    tasks.dispatch(&id, workload::task(1), by).await?;
    Ok(id)
}

/// Rounds of both sides in turns.
async fn compare(
    stage: &Stage,
    served: &Served,
    nothing: std::net::SocketAddr,
    path: &str,
    token: &str,
) -> Result<(Vec<Load>, Vec<Load>)> {
    let (size, own) = (stage.size, served.address());
    for address in [own, nothing] {
        drive(connections(address, path, token).await?, size.warm_up).await?;
    }
    let (mut asked, mut idle) = (Vec::new(), Vec::new());
    for _ in 0..size.rounds {
        asked.push(drive(connections(own, path, token).await?, size.round / 2).await?);
        idle.push(drive(connections(nothing, path, token).await?, size.round / 2).await?);
    }
    Ok((asked, idle))
}

async fn connections(
    address: std::net::SocketAddr,
    path: &str,
    token: &str,
) -> Result<Vec<Asking>> {
    let mut running = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (path, token) = (path.to_owned(), token.to_owned());
        running.spawn(async move { Asking::open(address, &path, &token).await });
    }
    let mut all = Vec::with_capacity(CONNECTIONS);
    while let Some(opened) = running.join_next().await {
        all.push(opened??);
    }
    Ok(all)
}

/// Sends heartbeats at an even pace; how many per second it came to.
async fn change(mut beats: Beats, stop: CancellationToken) -> Result<f64> {
    let (started, mut sent) = (Instant::now(), 0);
    let mut ticks = interval(Duration::from_secs(1) / CHANGES);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    while !stop.is_cancelled() {
        ticks.tick().await;
        beats.call(sent).await?;
        sent += 1;
    }
    Ok(sent as f64 / started.elapsed().as_secs_f64())
}

fn note_changes(measures: &mut [Measure], changes: f64) {
    for measure in measures {
        measure.note = format!("{}; {changes:.0} changes/s", measure.note);
    }
}
