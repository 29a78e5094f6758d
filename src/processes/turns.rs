//! One command of a kind at a time, on all nodes, where something is counted before the next one is
//! decided: the tasks of an agent, the repositories of an organisation.
//!
//! Nodes take turns by a lock in Postgres, which goes with the transaction that took it, and so with
//! the node; callers of one node wait for each other first, so that they occupy no connections.

use std::sync::Arc;
use std::time::Duration;

use pantheon_log::ReadError;
use sqlx::{PgPool, Postgres, Transaction};
use tokio::sync::{Mutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::store::DispatchError;

/// Of so many of the pool's connections one may hold a turn or wait for it: whoever has one needs
/// another to count.
const ONE_OF: u32 = 4;
/// Names whose callers are told apart.
const REMEMBERED: u64 = 10_000;
/// How long other nodes' turns may take, and Postgres.
const PATIENCE: Duration = Duration::from_secs(6);

type Callers = moka::sync::Cache<String, Arc<Mutex<()>>>;

/// The turns of a node.
pub struct Turns {
    pool: PgPool,
    /// Which of Postgres' two-part advisory locks these are.
    locks: i32,
    here: Callers,
    places: Arc<Semaphore>,
}

/// A turn, until it is dropped. The lock goes first.
struct Turn {
    _lock: Transaction<'static, Postgres>,
    _place: OwnedSemaphorePermit,
    _here: OwnedMutexGuard<()>,
}

impl Turns {
    pub(super) fn new(pool: PgPool, locks: i32) -> Self {
        let places = (pool.options().get_max_connections() / ONE_OF).max(1);
        Self {
            pool,
            locks,
            here: Callers::new(REMEMBERED),
            places: Arc::new(Semaphore::new(places as usize)),
        }
    }

    /// Waits for the turn of what has this name.
    pub(super) async fn take(&self, name: String) -> Result<impl Send + 'static, DispatchError> {
        let here = self.here.get_with_by_ref(&name, Arc::default);
        let here = here.lock_owned().await;
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| unavailable(sqlx::Error::PoolClosed))?;
        let lock = timeout(PATIENCE, self.lock(name)).await;
        let lock = lock.unwrap_or(Err(sqlx::Error::PoolTimedOut));
        Ok(Turn {
            _lock: lock.map_err(unavailable)?,
            _place: place,
            _here: here,
        })
    }

    async fn lock(&self, name: String) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        let mut lock = self.pool.begin().await?;
        sqlx::query!(
            "select set_config('lock_timeout', '5s', true), pg_advisory_xact_lock($1, hashtext($2))",
            self.locks,
            name,
        )
        .fetch_one(&mut *lock)
        .await?;
        Ok(lock)
    }
}

fn unavailable(error: sqlx::Error) -> DispatchError {
    DispatchError::Read(ReadError::Unavailable(error))
}
