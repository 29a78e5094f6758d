//! G6: rows and checkpoint change together, whatever is killed.

use std::time::Duration;

use anyhow::Result;
use pantheon_harness::{Database, Postgres, soon};
use rand::Rng;

use super::probe::{PARK, Probe};
use super::world::{World, run};

#[tokio::test(flavor = "multi_thread")]
async fn g06_rows_are_the_fold_of_the_log_up_to_the_checkpoint() -> Result<()> {
    let world = World::new().await?;
    let running = world.run(Probe::new(&PARK)).await?;
    world.many(3_000, 40).await?;
    world.ignored("many-1").await?;
    world.settled().await?;
    assert_eq!(world.rows().await?, world.fold(&[]).await?);
    assert_eq!(world.lines().await?, 3_000);
    running.stop().await;
    Ok(())
}

/// A node in a runtime of its own, which can be torn down at any await.
fn node(database: &Database) -> Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let database = database.clone();
    runtime.spawn(async move {
        let _running = run(&database, vec![Probe::new(&PARK)]).await;
        std::future::pending::<()>().await;
    });
    Ok(runtime)
}

#[tokio::test(flavor = "multi_thread")]
async fn g06_a_runner_killed_at_any_moment_neither_loses_nor_repeats_an_event() -> Result<()> {
    let world = World::new().await?;
    for round in 0..12 {
        let node = node(&world.database)?;
        let before = world.checkpoint().await?;
        world.many(400, 9).await?;
        if round % 3 == 0 {
            soon(async || world.checkpoint().await.is_ok_and(|now| now > before)).await;
        }
        let moment = rand::rng().random_range(0..15_000);
        tokio::time::timeout(Duration::from_micros(moment), std::future::pending::<()>())
            .await
            .ok();
        node.shutdown_background();
    }
    let running = world.run(Probe::new(&PARK)).await?;
    world.settled().await?;
    assert_eq!(world.rows().await?, world.fold(&[]).await?);
    assert_eq!(world.lines().await?, 12 * 400);
    running.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g06_connections_cut_in_mid_batch_cost_nothing() -> Result<()> {
    let world = World::new().await?;
    let running = world.run(Probe::new(&PARK)).await?;
    for _ in 0..8 {
        world.many(300, 7).await?;
        sqlx::query(
            "select pg_terminate_backend(pid) from pg_stat_activity
             where application_name = 'pantheon-projections' and datname = current_database()",
        )
        .execute(&world.pool)
        .await?;
    }
    world.settled().await?;
    assert_eq!(world.rows().await?, world.fold(&[]).await?);
    running.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g06_after_a_crash_of_postgres_the_rows_are_whole_without_a_new_event() -> Result<()> {
    let mut postgres = Postgres::own().await?;
    let world = World::on(postgres.database().await?).await?;
    let running = world.run(Probe::new(&PARK)).await?;
    world.many(500, 5).await?;
    soon(async || world.checkpoint().await.is_ok_and(|now| now > 0)).await;
    postgres.kill9().await;
    postgres.restart().await?;
    soon(async || world.checkpoint().await).await;
    // Each connection from before the crash is found dead once.
    soon(async || world.settled().await).await;
    soon(async || running.engine.positions().get("probe") == Some(running.log.head())).await;
    let rows = soon(async || world.rows().await).await;
    let fold = soon(async || world.fold(&[]).await).await;
    assert_eq!(rows, fold);
    running.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_on_one_log_apply_every_event_once() -> Result<()> {
    let world = World::new().await?;
    let first = world.run(Probe::new(&PARK)).await?;
    let second = world.run(Probe::new(&PARK)).await?;
    for _ in 0..10 {
        world.many(500, 11).await?;
        world.ignored("many-1").await?;
    }
    world.settled().await?;
    assert_eq!(world.rows().await?, world.fold(&[]).await?);
    assert_eq!(world.lines().await?, 5_000);
    for node in [&first, &second] {
        soon(async || node.engine.positions().get("probe") == Some(node.log.head())).await;
    }
    first.stop().await;
    second.stop().await;
    Ok(())
}
