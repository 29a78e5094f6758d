//! G1: what was answered 2xx is never lost, whatever is killed.

use anyhow::{Result, ensure};
use pantheon_harness::Trial;
use rand::Rng;

use super::installation;

const CALLERS: u64 = 8;

#[tokio::test(flavor = "multi_thread")]
async fn g01_a_server_killed_under_load_loses_nothing_that_it_answered() -> Result<()> {
    let mut trial = Trial::start(installation(), CALLERS).await?;
    let mut random = trial.seed.random(1);
    for _ in 0..4 {
        trial.goes_on(&mut random).await;
        trial.cluster.kill_node(0).await?;
        trial.cluster.start_node(0).await?;
    }
    trial.acknowledges(50).await;
    let (_cluster, report) = trial.judge().await?;
    ensure!(
        report.unknown_resolved > 0,
        "no kill cut a command: {report:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g01_of_two_nodes_one_is_killed_at_a_time_and_the_other_goes_on() -> Result<()> {
    let mut trial = Trial::start(installation().nodes(2), CALLERS).await?;
    let mut random = trial.seed.random(1);
    for _ in 0..4 {
        trial.goes_on(&mut random).await;
        let node = random.random_range(0..2);
        trial.cluster.kill_node(node).await?;
        trial.goes_on(&mut random).await;
        trial.cluster.start_node(node).await?;
    }
    trial.judge().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g01_postgres_killed_under_load_loses_nothing_and_the_node_heals_by_itself() -> Result<()> {
    let mut trial = Trial::start(installation(), CALLERS).await?;
    let mut random = trial.seed.random(1);
    let before = trial.cluster.process(0)?.pid();
    for _ in 0..3 {
        trial.goes_on(&mut random).await;
        trial.cluster.postgres.kill9().await;
        trial.cluster.postgres.restart().await?;
    }
    trial.acknowledges(50).await;
    trial.cluster.well(0).await?;
    let (cluster, _) = trial.judge().await?;
    ensure!(
        cluster.process(0)?.pid() == before,
        "the node was the same all along"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g01_nats_killed_under_load_is_not_felt_by_any_command() -> Result<()> {
    let mut trial = Trial::start(installation(), CALLERS).await?;
    let mut random = trial.seed.random(1);
    for _ in 0..3 {
        trial.goes_on(&mut random).await;
        trial.cluster.nats.kill9().await;
        trial.goes_on(&mut random).await;
        trial.cluster.nats.restart().await?;
    }
    trial.goes_on(&mut random).await;
    let unanswered: Vec<_> = trial
        .journal
        .operations()
        .into_iter()
        .filter(|operation| operation.answers.len() == operation.sent.len())
        .filter(|operation| operation.was_unknown())
        .collect();
    ensure!(unanswered.is_empty(), "these felt it: {unanswered:?}");
    // The judge also waits for the relay and holds its copy against the log.
    let (_cluster, report) = trial.judge().await?;
    ensure!(report.ok == report.operations, "{report:?}");
    Ok(())
}

/// Makes every append commit before it is on disk, past the check that refuses this.
const UNSAFE: &str = "
    create or replace function check_append_session() returns void language plpgsql as $$ begin
        perform set_config('synchronous_commit', 'off', true);
    end $$";

/// Shows that the tests above can fail: the same faults, and a Postgres that answers too early.
#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_that_answers_before_it_has_written_is_caught() -> Result<()> {
    for _ in 0..5 {
        let mut trial = Trial::start(installation(), CALLERS).await?;
        let slowly = "alter system set wal_writer_delay = '10s'";
        sqlx::raw_sql(slowly).execute(trial.cluster.pool()).await?;
        sqlx::raw_sql("select pg_reload_conf()")
            .execute(trial.cluster.pool())
            .await?;
        sqlx::raw_sql(UNSAFE).execute(trial.cluster.pool()).await?;
        trial.acknowledges(100).await;
        trial.cluster.postgres.kill9().await;
        trial.cluster.postgres.restart().await?;
        let Err(caught) = trial.judge().await else {
            // Something else had it all written a moment before.
            continue;
        };
        let caught = format!("{caught:#}");
        ensure!(caught.contains("and is lost"), "{caught}");
        return Ok(());
    }
    anyhow::bail!("five times nothing was lost, or nobody saw it")
}
