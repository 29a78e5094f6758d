//! Keeps this process and the stored checkpoints together.
//!
//! * **Shape**: one task for all projections, a few times a second: stores checkpoints that moved
//!   over events which touch no rows (so that such events cost no transaction each), and compares.
//! * **Ordering**: a lane is only looked at while no batch of this process is in hand.
//! * **Delivery**: none; it moves a checkpoint only by compare and swap.
//! * **On failure**: while Postgres cannot be asked, no position is vouched for from memory; when it
//!   answers again, every projection finds out anew where it stands (a crash of Postgres may have
//!   taken rows and checkpoint back together).

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use tokio::sync::MutexGuard;
use tokio_util::sync::CancellationToken;

use super::apply::{Apply, Books};
use super::checkpoint::{self, Checkpoint, Moved};
use super::lane::Lane;

const INTERVAL: Duration = Duration::from_millis(200);

type Held<'a> = (&'a Lane, MutexGuard<'a, Option<Apply>>);

/// Runs until `stop`.
pub(super) async fn run(pool: PgPool, lanes: Vec<Arc<Lane>>, stop: CancellationToken) {
    let mut healthy = true;
    while !stop.is_cancelled() {
        let result = look(&pool, &lanes).await;
        match (&result, healthy) {
            (Ok(()), false) => lanes.iter().for_each(|lane| lane.restart.notify_one()),
            (Err(error), true) => {
                tracing::warn!(%error, "the checkpoints cannot be read");
                lanes
                    .iter()
                    .for_each(|lane| lane.positions.publish(lane.spec().name, None));
            }
            _ => {}
        }
        healthy = result.is_ok();
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
    if let Err(error) = look(&pool, &lanes).await {
        tracing::warn!(%error, "the last checkpoints were not stored; they are found again");
    }
}

async fn look(pool: &PgPool, lanes: &[Arc<Lane>]) -> Result<(), sqlx::Error> {
    let mut held: Vec<Held<'_>> = lanes
        .iter()
        .filter_map(|lane| Some((&**lane, lane.apply.try_lock().ok()?)))
        .collect();
    let moved: Vec<Moved> = held.iter().filter_map(moved).collect();
    if !moved.is_empty() {
        let stored = checkpoint::store(pool, &moved).await?;
        held.iter_mut()
            .filter(|(lane, _)| stored.iter().any(|name| name == lane.spec().name))
            .for_each(|(_, guard)| {
                if let Some(apply) = guard.as_mut() {
                    apply.stored(apply.reached);
                }
            });
    }
    let checkpoints = Checkpoint::all(pool).await?;
    for (lane, guard) in &held {
        let stored = checkpoints
            .iter()
            .find(|stored| stored.name == lane.spec().name);
        if guard.as_ref().is_some_and(|apply| !agrees(apply, stored)) {
            lane.restart.notify_one();
        }
    }
    Ok(())
}

/// A checkpoint that is ahead of what is stored.
fn moved((_, guard): &Held<'_>) -> Option<Moved> {
    let apply = guard.as_ref()?;
    let Books::Live(checkpoint) = &apply.books else {
        return None;
    };
    (apply.reached.get() > checkpoint.position).then(|| Moved {
        name: checkpoint.name.clone(),
        from: checkpoint.position,
        generation: checkpoint.generation,
        to: apply.reached.get(),
    })
}

/// Whether what this process believes can still be true. A stored position ahead of ours only means
/// that another node is faster.
fn agrees(apply: &Apply, stored: Option<&Checkpoint>) -> bool {
    let Books::Live(checkpoint) = &apply.books else {
        return true;
    };
    stored.is_some_and(|stored| {
        stored.generation == checkpoint.generation && stored.position >= checkpoint.position
    })
}
