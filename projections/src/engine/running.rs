//! All projections of this process.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use pantheon_log::pool::alive;
use pantheon_log::{Health, Log, Pool};
use sqlx::postgres::PgPoolOptions;
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::lane::{self, Lane};
use super::{Positions, Projector, keeper, runner};
use crate::query::connect_options;

/// Most connections that live projections use at once.
const CONNECTIONS: u32 = 6;

/// The projections of this process, running.
#[derive(Debug)]
pub struct Engine {
    positions: Positions,
    tasks: Vec<JoinHandle<()>>,
    stop: CancellationToken,
}

impl Engine {
    /// Starts a runner per projector on connections of their own; they show in `health` as
    /// `projection:<name>`. Needs no database at this moment.
    #[must_use]
    pub fn start(
        log: &Log,
        projectors: Vec<Arc<dyn Projector>>,
        health: &Health,
        stop: &CancellationToken,
    ) -> Self {
        let pool = pool(log);
        let positions = Positions::of(projectors.iter().map(|projector| projector.spec().name));
        let lane = |projector: Arc<dyn Projector>| {
            Arc::new(Lane {
                status: health.register(&runner::label(projector.spec().name)),
                projector,
                pool: pool.clone(),
                positions: positions.clone(),
                apply: Mutex::new(None),
                generation: AtomicI64::new(lane::UNKNOWN),
                restart: Notify::new(),
            })
        };
        let lanes: Vec<_> = projectors.into_iter().map(lane).collect();
        let keeper = keeper::run(pool, lanes.clone(), stop.clone());
        let runners = lanes
            .into_iter()
            .map(|lane| tokio::spawn(runner::run(log.clone(), lane, stop.clone())));
        let mut tasks: Vec<_> = runners.collect();
        tasks.push(tokio::spawn(keeper));
        Self {
            positions,
            tasks,
            stop: stop.clone(),
        }
    }

    /// Where the projections stand, for [`Reads::open`](crate::Reads::open).
    #[must_use]
    pub fn positions(&self) -> Positions {
        self.positions.clone()
    }

    /// Waits until everything has ended after `stop` was cancelled, or until the first task ends
    /// without that: then a projection, or what keeps all of them, is lost.
    pub async fn stopped(self) {
        let mut tasks: FuturesUnordered<_> = self.tasks.into_iter().collect();
        while let Some(ended) = tasks.next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a task of the projections broke off");
            }
            if !self.stop.is_cancelled() {
                return;
            }
        }
    }
}

fn pool(log: &Log) -> Pool {
    let options = connect_options(&log.pool().connect_options(), "pantheon-projections").options([
        // Rows and checkpoint go back together in a crash of Postgres, and the log is folded again.
        ("synchronous_commit", "off"),
        // A node that hangs in mid-batch must not hold the checkpoint of the others.
        ("idle_in_transaction_session_timeout", "10s"),
    ]);
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(Duration::from_secs(30))
        .test_before_acquire(false)
        .before_acquire(alive)
        .connect_lazy_with(options);
    Pool::new(pool)
}
