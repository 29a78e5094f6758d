//! Keeps this process and the stored checkpoints together.
//!
//! * **Shape**: one task for all projections, a few times a second: stores checkpoints that moved
//!   over events which touch no rows (so that such events cost no transaction each), and compares.
//! * **Ordering**: a lane is only looked at while no batch of this process is in hand; one that is in
//!   hand is never kept waiting for Postgres.
//! * **Delivery**: none; it moves a checkpoint only by compare and swap.
//! * **On failure**: while Postgres cannot be asked, no position is vouched for from memory; when it
//!   answers again, every projection finds out anew where it stands (a crash of Postgres may have
//!   taken rows and checkpoint back together).

use std::sync::Arc;
use std::time::Duration;

use pantheon_log::Pool;
use pantheon_log::pool::within;
use tokio::sync::MutexGuard;
use tokio_util::sync::CancellationToken;

use super::apply::{Apply, Books};
use super::checkpoint::{self, Checkpoint, Moved};
use super::lane::Lane;

const INTERVAL: Duration = Duration::from_millis(200);

/// How long lanes may be held for one statement.
const STORE: Duration = Duration::from_secs(1);

type Held<'a> = (&'a Lane, MutexGuard<'a, Option<Apply>>);

/// Runs until `stop`.
pub(super) async fn run(pool: Pool, lanes: Vec<Arc<Lane>>, stop: CancellationToken) {
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

async fn look(pool: &Pool, lanes: &[Arc<Lane>]) -> Result<(), sqlx::Error> {
    store_moved(pool, lanes).await?;
    // What is believed is noted first, and no lane is held while Postgres is asked: a database that
    // does not answer keeps nobody.
    let believed: Vec<_> = held(lanes).iter().filter_map(believed).collect();
    let checkpoints = Checkpoint::all(pool).await?;
    for (lane, belief) in believed {
        let stored = checkpoints.iter().find(|stored| stored.name == belief.name);
        if !agrees(&belief, stored) {
            lane.restart.notify_one();
        }
    }
    Ok(())
}

/// The lanes are held meanwhile, so that no batch loses a race against this; not for long.
async fn store_moved(pool: &Pool, lanes: &[Arc<Lane>]) -> Result<(), sqlx::Error> {
    let mut held = held(lanes);
    held.retain(|lane| moved(lane).is_some());
    if held.is_empty() {
        return Ok(());
    }
    let moved: Vec<Moved> = held.iter().filter_map(moved).collect();
    let stored = within(STORE, checkpoint::store(pool, &moved)).await?;
    for (lane, guard) in &mut held {
        if let Some(apply) = guard.as_mut()
            && stored.iter().any(|name| name == lane.spec().name)
        {
            apply.stored(apply.reached);
        }
    }
    Ok(())
}

/// The lanes that no batch is in hand of.
fn held(lanes: &[Arc<Lane>]) -> Vec<Held<'_>> {
    let lanes = lanes.iter();
    lanes
        .filter_map(|lane| Some((&**lane, lane.apply.try_lock().ok()?)))
        .collect()
}

/// What this process believes to be stored.
fn believed<'a>((lane, guard): &Held<'a>) -> Option<(&'a Lane, Checkpoint)> {
    match &guard.as_ref()?.books {
        Books::Live(checkpoint) => Some((lane, checkpoint.clone())),
        Books::Beside => None,
    }
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
fn agrees(belief: &Checkpoint, stored: Option<&Checkpoint>) -> bool {
    stored.is_some_and(|stored| {
        stored.generation == belief.generation && stored.position >= belief.position
    })
}
