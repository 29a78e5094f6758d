//! G7: read your own writes.

use std::time::Duration;

use anyhow::Result;
use pantheon_events::Position;
use pantheon_projections::{QueryError, Reads};

use super::probe::{PARK, Probe};
use super::world::World;

const WAIT: Duration = Duration::from_secs(10);

async fn total(reads: &Reads, name: &str) -> Result<i64> {
    let total = sqlx::query_scalar("select total from probe_counters where name = $1").bind(name);
    Ok(total.fetch_one(reads.pool()).await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn g07_a_query_that_names_the_writes_position_sees_the_write() -> Result<()> {
    let world = World::new().await?;
    let running = world.run(Probe::new(&PARK)).await?;
    // This process runs the projection; another one looks at the checkpoint.
    for reads in [world.reads(Some(&running.engine))?, world.reads(None)?] {
        let name = format!("mine-{}", world.log.database_head().await?);
        for n in 1..=40 {
            let written = world.count(&name, 1).await?;
            let at = reads.wait_for("probe", written, WAIT).await?;
            assert!(at >= written);
            assert_eq!(total(&reads, &name).await?, n);
        }
    }
    running.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g07_an_event_without_rows_moves_the_position_on_every_node() -> Result<()> {
    let world = World::new().await?;
    let running = world.run(Probe::new(&PARK)).await?;
    let written = world.ignored("nothing").await?;
    for reads in [world.reads(Some(&running.engine))?, world.reads(None)?] {
        assert!(reads.wait_for("probe", written, WAIT).await? >= written);
    }
    running.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g07_the_position_of_an_answer_is_never_newer_than_its_rows() -> Result<()> {
    let world = World::new().await?;
    let running = world.run(Probe::new(&PARK)).await?;
    let reads = world.reads(Some(&running.engine))?;
    let looking = async {
        while reads.position("probe").await? < Position::new(3_000) {
            let position = reads.position("probe").await?.get();
            // Every event of this log adds one line.
            let lines: i64 = sqlx::query_scalar("select count(*) from probe_lines")
                .fetch_one(reads.pool())
                .await?;
            assert!(position <= lines, "{position} is newer than {lines}");
        }
        anyhow::Ok(())
    };
    let (written, looked) = tokio::join!(world.many(3_000, 10), looking);
    written?;
    looked?;
    running.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g07_what_is_not_reached_in_time_is_refused_with_the_position() -> Result<()> {
    let world = World::new().await?;
    let running = world.run(Probe::new(&PARK)).await?;
    let reads = world.reads(Some(&running.engine))?;
    let written = world.count("a", 1).await?;
    reads.wait_for("probe", written, WAIT).await?;
    let behind = reads
        .wait_for("probe", written.next(), Duration::from_millis(30))
        .await;
    let Err(QueryError::Behind {
        position, wanted, ..
    }) = behind
    else {
        anyhow::bail!("not refused: {behind:?}");
    };
    assert_eq!((position, wanted), (written, written.next()));
    running.stop().await;
    Ok(())
}
