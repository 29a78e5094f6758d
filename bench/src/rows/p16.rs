//! P16: what dense positions in commit order cost: P1 against the same append function with
//! positions from a sequence and no lock.

use anyhow::{Result, ensure};
use sqlx::{Executor, PgPool};

use crate::load::{drive, rate};
use crate::measure::{Bar, Measure};
use crate::ours::{Ours, enrol};
use crate::stage::Stage;
use crate::workload::CALLERS;

/// A cost of 15 %.
const BAR: Bar = Bar::AtLeast(1.0 / 1.15);

pub async fn measure(stage: &Stage) -> Result<Vec<Measure>> {
    let size = stage.size;
    let (dense, loose) = (
        Ours::open(stage, "p16").await?,
        Ours::open(stage, "p16s").await?,
    );
    for side in [&dense, &loose] {
        enrol(&side.commands.agents).await?;
    }
    loosen(loose.log.pool()).await?;
    for side in [&dense, &loose] {
        drive(side.beats(CALLERS), size.warm_up).await?;
    }
    let (mut own, mut other) = (Vec::new(), Vec::new());
    for _ in 0..size.rounds {
        own.push(drive(dense.beats(CALLERS), size.round).await?);
        other.push(drive(loose.beats(CALLERS), size.round).await?);
    }
    dense.close().await?;
    loose.close().await?;
    stage.drop_database("p16").await?;
    stage.drop_database("p16s").await?;
    let both = (rate(&own), rate(&other));
    let note = "against the same function and writer, positions from a sequence, no lock";
    Ok(vec![Measure::ratio("P16", "commands/s", both, BAR, note)])
}

/// Takes the lock and the look at the log's head out of the append function.
async fn loosen(pool: &PgPool) -> Result<()> {
    let source: String =
        sqlx::query_scalar("select pg_get_functiondef('append_events'::regproc)")
            .fetch_one(pool)
            .await?;
    let mut loose = source.clone();
    for (dense, without) in [
        ("perform lock_log();", ""),
        (
            "head := coalesce(head, 0);",
            "perform setval('positions', nextval('positions') + cardinality(event_ids));
             head := currval('positions') - cardinality(event_ids);",
        ),
    ] {
        ensure!(loose.contains(dense), "the append function has no {dense:?}");
        loose = loose.replace(dense, without);
    }
    pool.execute("create sequence positions").await?;
    pool.execute("select setval('positions', (select max(position) from events))")
        .await?;
    pool.execute(loose.as_str()).await?;
    Ok(())
}
