//! F05: four writers, one append in twenty made to fail after it took its positions, and the simplest
//! reader there is. The same reader of the usual table, with a number from an identity column, must
//! lose events, or this campaign shows nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::{Context, Result, ensure};
use pantheon_events::{Actor, CommandId, EventId, Metadata, Sequence, TenantId};
use pantheon_harness::checker::Report;
use pantheon_harness::naive::Naive;
use pantheon_harness::{Database, PATIENCE, Postgres, eventually};
use pantheon_log::{
    Append, AppendError, Log, LogOptions, NewEvent, Outcome as Decided, Verdict, Writer,
    WriterOptions,
};
use rand::Rng;
use rand::rngs::StdRng;
use sqlx::{Connection, PgConnection};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{Outcome, Run};

const WRITERS: u64 = 4;
/// Callers of each writer.
const CALLERS: u64 = 32;
/// Events of one command.
const EVENTS: u64 = 10;
/// One command in so many breaks its statement in the midst.
const BAD: u64 = 20;
/// What the usual table is given: enough that some of it comes late.
const USUAL: u64 = 600;

pub async fn run(run: &Run) -> Result<Outcome> {
    let postgres = Postgres::own().await?;
    let database = postgres.database().await?;
    let stop = CancellationToken::new();
    let _stop = stop.clone().drop_guard();
    let seen = Arc::new(AtomicI64::new(0));
    let connection = PgConnection::connect_with(&database.connect_options()?).await?;
    let mut poller = tokio::spawn(poll(connection, Arc::clone(&seen)));

    let each = run.count / (WRITERS * CALLERS * EVENTS) + 1;
    let mut callers = JoinSet::new();
    for writer in 0..WRITERS {
        let writer = (writer, open(&database, stop.clone()).await?);
        for caller in 0..CALLERS {
            let number = writer.0 * CALLERS + caller;
            let random = run.seed.random(number);
            callers.spawn(append(writer.1.clone(), number, each, random));
        }
    }
    let (mut committed, mut forced) = (0, 0);
    while let Some(done) = callers.join_next().await {
        let (events, failures) = done??;
        committed += events;
        forced += failures;
    }
    let head = i64::try_from(committed)?;
    let done = async || poller.is_finished() || seen.load(Ordering::Relaxed) >= head;
    eventually(PATIENCE, done).await;
    let hole = match poller.is_finished() {
        true => (&mut poller).await?.err(),
        false => None,
    };
    poller.abort();

    let mut own = PgConnection::connect_with(&database.connect_options()?).await?;
    let (count, last): (i64, i64) =
        sqlx::query_as("select count(*), coalesce(max(position), 0) from events")
            .fetch_one(&mut own)
            .await?;
    let naive = Naive::run(&database, USUAL, run.seed).await?;
    let report = Report {
        operations: usize::try_from(committed / EVENTS)?,
        ..Report::default()
    };
    let mut outcome = run.outcome(forced, &report);
    if let Some(hole) = hole {
        outcome.finds(format!("I7: the reader met a hole: {hole:#}"));
    }
    outcome.holds((count, last) == (head, head), || {
        format!("I4: {count} events up to {last}, {head} were committed")
    });
    outcome.holds(naive.lost() > 0, || {
        format!("the usual table lost nothing of {naive:?}: this run shows nothing")
    });
    eprintln!("{head} events, {forced} appends forced to fail; the usual table: {naive:?}");
    Ok(outcome)
}

async fn open(database: &Database, stop: CancellationToken) -> Result<Writer> {
    let log = Log::open(database.pool(3).await?, LogOptions::default()).await?;
    log.start(stop.clone());
    let connect = database.connect_options()?;
    Ok(Writer::start(connect, &log, WriterOptions::default(), stop).0)
}

/// Asks for what is behind the last position it saw, and never looks back.
async fn poll(mut connection: PgConnection, seen: Arc<AtomicI64>) -> Result<()> {
    let next = "select position from events where position > $1 order by position limit 10000";
    let mut last = 0_i64;
    loop {
        let positions: Vec<i64> = sqlx::query_scalar(next)
            .bind(last)
            .fetch_all(&mut connection)
            .await?;
        for position in positions {
            ensure!(position == last + 1, "{position} came after {last}");
            last = position;
        }
        seen.store(last, Ordering::Relaxed);
    }
}

/// One caller with a stream of its own: how many events it committed, and how many of its commands
/// were made to fail.
async fn append(writer: Writer, number: u64, each: u64, mut random: StdRng) -> Result<(u64, u64)> {
    let stream = format!("stream-{number}");
    let (mut committed, mut failed) = (0, 0);
    for _ in 0..each {
        let bad = random.random_range(0..BAD) == 0;
        let command = command(&stream, committed, bad, &mut random)?;
        match writer.append(command).await {
            Ok(Verdict::Recorded(_)) if !bad => committed += EVENTS,
            Err(AppendError::Refused(_)) if bad => failed += 1,
            other => anyhow::bail!("{other:?}"),
        }
    }
    Ok((committed, failed))
}

fn command(stream: &str, sequence: u64, bad: bool, random: &mut StdRng) -> Result<Append> {
    let metadata = Metadata {
        tenant: TenantId::default_organization(),
        actor: Actor::system("chaos"),
        correlation_id: Uuid::from_u128(random.random()),
        causation_id: None,
        request_id: None,
        traceparent: None,
    };
    let last = EVENTS - 1;
    let event = |n: u64| NewEvent {
        event_id: EventId::generate(),
        event_type: "probed",
        event_version: "1.0",
        // The last one is no JSON: by then the others have their positions.
        payload: if bad && n == last {
            "{ no json"
        } else {
            r#"{"cpu": 0.5}"#
        }
        .to_owned(),
    };
    Ok(Append {
        command_id: CommandId::generate(),
        fingerprint: [1; 32],
        aggregate_type: "probe",
        aggregate_id: stream.to_owned(),
        expected: Sequence::new(i64::try_from(sequence).context("a short stream")?),
        base: None,
        metadata: serde_json::to_string(&metadata)?,
        outcome: Decided::Accepted((0..EVENTS).map(event).collect()),
    })
}
