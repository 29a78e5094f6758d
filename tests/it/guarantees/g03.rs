//! G3: positions are dense and in commit order, for the simplest reader there is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::{Result, ensure};
use pantheon_harness::{PATIENCE, Postgres, Trial, eventually};
use rand::Rng;
use sqlx::{Connection, PgConnection};
use tokio::task::JoinSet;

use super::installation;

/// Makes appends fail after they took the lock and began to insert, now as a conflict of
/// transactions, now as an error of the disk.
const FAILURES: &str = "
    create function fail() returns trigger language plpgsql as $$ begin
        raise exception 'forced' using errcode = case when random() < 0.5 then '40001' else '58030' end;
    end $$;
    create trigger fails before insert on events for each row
        when (random() < 0.02) execute function fail()";

/// Asks for what is behind the last position it saw, and never looks back. Ends at the first hole.
async fn poll(mut connection: PgConnection, table: &str, seen: Arc<AtomicI64>) -> Result<()> {
    let next = format!("select position from {table} where position > $1 order by position");
    let mut last = 0_i64;
    loop {
        let positions: Vec<i64> = sqlx::query_scalar(&next)
            .bind(last)
            .fetch_all(&mut connection)
            .await?;
        for position in positions {
            ensure!(position == last + 1, "{position} came after {last}");
            last = position;
        }
        seen.store(last, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn g03_four_nodes_with_forced_errors_leave_no_hole_for_a_live_poller() -> Result<()> {
    let options = installation().nodes(4);
    let options = options.set("PANTHEON_DATABASE_CONNECTIONS", "4");
    let trial = Trial::start(options, 12).await?;
    let database = trial.cluster.database().connect_options()?;
    let mut own = PgConnection::connect_with(&database).await?;
    let seen = Arc::new(AtomicI64::new(0));
    let connection = PgConnection::connect_with(&database).await?;
    let mut poller = tokio::spawn(poll(connection, "events", Arc::clone(&seen)));

    sqlx::raw_sql(FAILURES).execute(&mut own).await?;
    trial.acknowledges(600).await;
    sqlx::raw_sql("drop trigger fails on events")
        .execute(&mut own)
        .await?;
    let failed: i64 = sqlx::query_scalar(
        "select xact_rollback from pg_stat_database where datname = current_database()",
    )
    .fetch_one(&mut own)
    .await?;
    let (_cluster, report) = trial.judge().await?;

    let head: i64 = sqlx::query_scalar("select max(position) from events")
        .fetch_one(&mut own)
        .await?;
    let caught_up = async || poller.is_finished() || seen.load(Ordering::SeqCst) >= head;
    eventually(PATIENCE, caught_up).await;
    if poller.is_finished() {
        (&mut poller).await??;
    }
    poller.abort();
    ensure!(failed > 0, "no append was made to fail");
    ensure!(report.ok >= 600, "{report:?}");
    Ok(())
}

/// One of the writers of the usual table: a number first, the commit later, some never.
async fn write_naively(mut connection: PgConnection, mut random: impl Rng) -> Result<()> {
    for _ in 0..150 {
        let mut transaction = connection.begin().await?;
        sqlx::query("insert into naive default values")
            .execute(&mut *transaction)
            .await?;
        sqlx::query("select 1").execute(&mut *transaction).await?;
        match random.random_bool(0.05) {
            true => transaction.rollback().await?,
            false => transaction.commit().await?,
        }
    }
    Ok(())
}

/// Shows that the test above can fail: the same kind of poller loses events of the usual table.
#[tokio::test(flavor = "multi_thread")]
async fn the_naive_poller_of_an_identity_column_loses_events_of_four_writers() -> Result<()> {
    let seed = pantheon_harness::Seed::of_run();
    let database = Postgres::shared().await?;
    let mut own = PgConnection::connect_with(&database.connect_options()?).await?;
    let table = "create table naive (position bigint generated always as identity)";
    sqlx::query(table).execute(&mut own).await?;
    let mut writers = JoinSet::new();
    for writer in 0..4 {
        let connection = PgConnection::connect_with(&database.connect_options()?).await?;
        writers.spawn(write_naively(connection, seed.random(writer)));
    }
    let next = "select position from naive where position > $1 order by position";
    let (mut last, mut seen) = (0_i64, 0_usize);
    let mut done = false;
    while !done {
        // Looked at before the read, so that the last read sees everything.
        while let Some(ended) = writers.try_join_next() {
            ended??;
        }
        done = writers.is_empty();
        let new: Vec<i64> = sqlx::query_scalar(next)
            .bind(last)
            .fetch_all(&mut own)
            .await?;
        last = new.last().copied().unwrap_or(last);
        seen += new.len();
    }
    let committed: i64 = sqlx::query_scalar("select count(*) from naive")
        .fetch_one(&mut own)
        .await?;
    let lost = usize::try_from(committed)? - seen;
    ensure!(lost > 0, "{seed:?}: all {committed} were seen");
    Ok(())
}
