//! P13: whether commands slow down when the log or their streams grow.
//!
//! `P13.log` and `P13.log.latency` are P1 and P4 on logs of growing size. `P13.stream` is the rate on
//! streams of growing length that a node has in memory, `P13.stream.cold` what a caller waits for the
//! first command on a stream that it has not.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use pantheon::store::{Commands, DispatcherOptions};
use sqlx::{Executor, PgPool};

use crate::load::{Load, drive, micros, rate};
use crate::measure::{Bar, Measure, median};
use crate::ours::Ours;
use crate::ready::Sample;
use crate::stage::Stage;
use crate::workload::{self, CALLERS};

const BAR: Bar = Bar::AtMost(1.25);
/// Streams of each length.
const STREAMS: usize = 8;
/// First commands that are measured on each.
const FIRSTS: usize = 25;

pub async fn measure(stage: &Stage) -> Result<Vec<Measure>> {
    let mut measures = logs(stage).await?;
    measures.extend(streams(stage).await?);
    Ok(measures)
}

/// The same commands on a short log and on longer ones, in turns.
async fn logs(stage: &Stage) -> Result<Vec<Measure>> {
    let size = stage.size;
    let mut logs = Vec::new();
    for events in size.logs {
        let name = format!("p13_{events}");
        let ours = Ours::open(stage, &name).await?;
        let sample = Sample::take(&ours).await?;
        grow(ours.log.pool(), &sample, *events).await?;
        ours.close().await?;
        let ours = Ours::reopen(stage, &name).await?;
        drive(ours.beats(CALLERS), size.warm_up).await?;
        logs.push((name, ours, Vec::new(), Vec::new()));
    }
    for _ in 0..size.rounds {
        for (_, ours, many, single) in &mut logs {
            many.push(drive(ours.beats(CALLERS), size.round).await?);
            single.push(drive(ours.beats(1), size.round / 2).await?);
        }
    }
    let rates: Vec<f64> = logs.iter().map(|(_, _, many, _)| rate(many)).collect();
    let waits: Vec<f64> = logs
        .iter()
        .map(|(.., single)| micros(single, 0.5))
        .collect();
    for (name, ours, ..) in logs {
        ours.close().await?;
        stage.drop_database(&name).await?;
    }
    let note = |values: &[f64]| {
        let pairs = size.logs.iter().zip(values);
        let parts: Vec<_> = pairs.map(|(n, value)| format!("{n}: {value:.0}")).collect();
        format!("by events in the log: {}", parts.join(", "))
    };
    // Slower = a larger ratio, for both.
    let cost: Vec<f64> = rates.iter().map(|rate| 1e6 / rate).collect();
    Ok(vec![
        grown("P13.log", "µs/command", &cost, note(&rates) + " commands/s")?,
        grown(
            "P13.log.latency",
            "µs p50",
            &waits,
            note(&waits) + " µs p50 of one caller",
        )?,
    ])
}

/// The same commands on short streams and on longer ones, in turns.
async fn streams(stage: &Stage) -> Result<Vec<Measure>> {
    let size = stage.size;
    let ours = Ours::open(stage, "p13_streams").await?;
    let sample = Sample::take(&ours).await?;
    let pool = ours.log.pool().clone();
    for (group, events) in size.streams.iter().enumerate() {
        lengthen(&pool, &sample, group, *events).await?;
    }
    ours.close().await?;
    let ours = Ours::reopen(stage, "p13_streams").await?;
    let groups = size.streams.len();
    let mut cold: Vec<Vec<f64>> = (0..groups).map(|_| Vec::new()).collect();
    let mut warm: Vec<Vec<Load>> = (0..groups).map(|_| Vec::new()).collect();
    // The first look at a stream after it grew is a start of its own: not counted.
    for group in 0..groups {
        first(&ours, group).await?;
    }
    for _ in 0..FIRSTS {
        for (group, waits) in cold.iter_mut().enumerate() {
            waits.push(first(&ours, group).await?);
        }
    }
    for _ in 0..size.rounds {
        for (group, rates) in warm.iter_mut().enumerate() {
            let callers = ours.beats_on(STREAMS, |n| stream(group, n));
            rates.push(drive(callers, size.round / 2).await?);
        }
    }
    ours.close().await?;
    stage.drop_database("p13_streams").await?;
    let waits: Vec<f64> = cold.into_iter().map(median).collect();
    let costs: Vec<f64> = warm.iter().map(|rounds| 1e6 / rate(rounds)).collect();
    let note = |values: &[f64]| {
        let pairs = size.streams.iter().zip(values);
        let parts: Vec<_> = pairs.map(|(n, value)| format!("{n}: {value:.0}")).collect();
        format!("by events in the stream: {}", parts.join(", "))
    };
    Ok(vec![
        grown("P13.stream", "µs/command", &costs, note(&costs))?,
        grown(
            "P13.stream.cold",
            "µs p50",
            &waits,
            note(&waits) + " µs p50 of the first command",
        )?,
    ])
}

fn grown(id: &str, unit: &'static str, values: &[f64], note: String) -> Result<Measure> {
    let (small, large) = (values.first(), values.last());
    let (small, large) = small.zip(large).context("at least one size")?;
    Ok(Measure::ratio(id, unit, (*large, *small), BAR, note))
}

/// A heartbeat on one stream of a group, by a node that has nothing in memory; in microseconds.
async fn first(ours: &Ours, group: usize) -> Result<f64> {
    let forgetful = Commands::new(&DispatcherOptions {
        pool: ours.log.pool().clone(),
        ..ours.options.clone()
    });
    let id = stream(group, 0);
    let started = Instant::now();
    let by = workload::by_agent(&id);
    forgetful
        .agents
        .dispatch(&id, workload::heartbeat(1), by)
        .await?;
    Ok(started.elapsed().as_secs_f64() * 1e6)
}

fn stream(group: usize, n: usize) -> String {
    format!("stream-{group}-{n}")
}

/// Fills a log with heartbeats of other agents. The rows are those that the append function
/// writes; what is measured comes later and through it.
async fn grow(pool: &PgPool, sample: &Sample, events: i64) -> Result<()> {
    insert(
        pool,
        sample,
        "'grown-' || n % 100000",
        "n / 100000 + 1",
        events,
    )
    .await
}

/// Streams of so many events that begin with an enrolment.
async fn lengthen(pool: &PgPool, sample: &Sample, group: usize, events: i64) -> Result<()> {
    for n in 0..STREAMS {
        // Only one of them is measured cold; the others need not be as long.
        let events = if n == 0 { events } else { events.min(1_000) };
        let id = format!("'{}'", stream(group, n));
        insert(pool, sample, &id, "n + 1", events).await?;
        sqlx::query("select 1").execute(pool).await?;
    }
    Ok(())
}

async fn insert(
    pool: &PgPool,
    sample: &Sample,
    id: &str,
    sequence: &str,
    events: i64,
) -> Result<()> {
    ensure!(events > 0, "a log grows by events");
    let statement = format!(
        "with first as (select * from events where event_type = 'agent_enrolled' limit 1),
              head as (select coalesce(max(position), 0) as position from events),
              rows as (
                  select head.position + n + 1 as position, {id} as id, {sequence} as sequence,
                         gen_random_uuid() as command, n
                  from head, generate_series(0, {events}::bigint - 1) n),
              added as (
                  insert into events
                  select r.position, 'agent', r.id, r.sequence,
                         case when r.sequence = 1 then f.event_type else $1 end, $2,
                         case when r.sequence = 1 then f.payload else $3::json end, $4::json,
                         ordered(n), ordered(n), clock_timestamp()
                  from rows r, first f order by r.position
                  returning position, aggregate_id, sequence, command_id)
         insert into commands
         select command_id, decode(repeat('07', 32), 'hex'), 'agent', aggregate_id, sequence,
                position, null, clock_timestamp()
         from added"
    );
    // Ids in order of time, as nodes make them.
    let ordered = "create or replace function ordered(n bigint) returns uuid language sql volatile
        set search_path = public as $$
        select (lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0')
                || '7' || substr(md5(n::text || random()::text), 1, 3)
                || '8' || substr(md5(random()::text), 1, 15))::uuid $$";
    pool.execute(ordered).await?;
    sqlx::query(&statement)
        .bind(&sample.event_type)
        .bind(&sample.event_version)
        .bind(&sample.payload)
        .bind(&sample.metadata)
        .execute(pool)
        .await?;
    pool.execute("vacuum analyze events, commands").await?;
    Ok(())
}
