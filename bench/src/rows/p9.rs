//! P9: building the read model of agents anew from heartbeats; against `QueryReplay`, and against
//! reading the same events with `COPY`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use cqrs_es::persist::{GenericQuery, QueryReplay};
use cqrs_es::{EventEnvelope, View};
use futures_util::TryStreamExt;
use pantheon::domain::agents::Agent;
use pantheon_log::{Health, Log};
use pantheon_projections::agents::{AgentsProjector, NAME};
use pantheon_projections::engine::{Engine, Rebuild};
use postgres_es::{PostgresEventRepository, PostgresViewRepository};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::postgres::PgPoolCopyExt;
use tokio_util::sync::CancellationToken;

use crate::load::drive;
use crate::measure::{Bar, Measure, median};
use crate::ours::Ours;
use crate::ready::{self, Sample};
use crate::stage::Stage;
use crate::vanilla::Vanilla;
use crate::workload::CALLERS;

const BAR: Bar = Bar::AtLeast(60.0);
const BAR_COPY: Bar = Bar::AtLeast(0.15);
const ROUNDS: usize = 3;
/// How long commands are sent before their number is looked at again.
const PIECE: Duration = Duration::from_millis(250);

/// Vanilla's read model: the agent, as its aggregate sees it.
#[derive(Debug, Default, Serialize, Deserialize)]
struct AgentView(Agent);

impl View<Agent> for AgentView {
    fn update(&mut self, event: &EventEnvelope<Agent>) {
        cqrs_es::Aggregate::apply(&mut self.0, event.payload.clone());
    }
}

pub async fn measure(stage: &Stage) -> Result<Vec<Measure>> {
    let empty = Ours::open(stage, "p9").await?;
    let sample = Sample::take(&empty).await?;
    empty.close().await?;
    ready::fill(&stage.url("p9"), &sample, stage.size.events).await?;
    let ours = Ours::reopen(stage, "p9").await?;
    follow(&ours.log).await?;
    let events = ours.log.head().get() as f64;
    let (mut own, mut copied) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        own.push(events / rebuild(&ours.log).await?);
        copied.push(events / copy(ours.log.pool()).await?);
    }
    ours.close().await?;
    stage.drop_database("p9").await?;
    let (replayed, baseline) = replay(stage).await?;
    stage.drop_database("p9v").await?;
    let (value, copied) = (median(own), median(copied));
    let note = format!(
        "{events} events, compared and swapped in; QueryReplay over {replayed} events (its rate \
         does not rise with more)"
    );
    let against = "COPY (select …) to stdout of all columns of the same events";
    Ok(vec![
        Measure::ratio("P9", "events/s", (value, baseline), BAR, note),
        Measure::ratio("P9.copy", "events/s", (value, copied), BAR_COPY, against),
    ])
}

/// A rebuild goes as far as the live rows are.
async fn follow(log: &Log) -> Result<()> {
    let (stop, health, head) = (CancellationToken::new(), Health::new(), log.head());
    let engine = Engine::start(log, vec![Arc::new(AgentsProjector)], &health, &stop);
    let mut position = engine
        .positions()
        .subscribe(NAME)
        .context("there is such a projection")?;
    position
        .wait_for(|position| position.is_some_and(|reached| reached >= head))
        .await?;
    stop.cancel();
    engine.stopped().await;
    Ok(())
}

/// Builds beside the live rows, compares, swaps; in seconds.
async fn rebuild(log: &Log) -> Result<f64> {
    let started = Instant::now();
    let rebuild = Rebuild::new(log, Arc::new(AgentsProjector));
    let report = rebuild.replace(CancellationToken::new()).await?;
    ensure!(
        report.is_equal(),
        "the rows differ from the live ones: {:?}",
        report.tables
    );
    ensure!(
        report.position == log.head() && report.swapped,
        "the rebuild ended early"
    );
    Ok(started.elapsed().as_secs_f64())
}

/// Reads every event and drops it; in seconds.
async fn copy(pool: &PgPool) -> Result<f64> {
    let started = Instant::now();
    let statement = "copy (select * from events order by position) to stdout";
    let mut rows = pool.copy_out_raw(statement).await?;
    while rows.try_next().await?.is_some() {}
    Ok(started.elapsed().as_secs_f64())
}

/// How many events `QueryReplay` replays, and how many per second.
async fn replay(stage: &Stage) -> Result<(i64, f64)> {
    let vanilla = Vanilla::open(stage, "p9v").await?;
    vanilla.enrol_anew().await?;
    while vanilla.events().await? < stage.size.vanilla_events {
        drive(vanilla.beats(CALLERS), PIECE).await?;
    }
    let views = PostgresViewRepository::<AgentView, Agent>::new("agent_view", vanilla.pool.clone());
    let events = PostgresEventRepository::new(vanilla.pool.clone());
    let query = GenericQuery::<_, AgentView, Agent>::new(Arc::new(views));
    let replay = QueryReplay::<_, _, Agent>::new(events, query);
    let started = Instant::now();
    replay.replay_all().await?;
    let seconds = started.elapsed().as_secs_f64();
    let applied: i64 =
        sqlx::query_scalar("select coalesce(sum(version), 0)::bigint from agent_view")
            .fetch_one(&vanilla.pool)
            .await?;
    let count = vanilla.events().await?;
    ensure!(
        applied == count,
        "vanilla replayed {applied} of {count} events"
    );
    Ok((count, count as f64 / seconds))
}
