//! One claim or start of an agent at a time, and one enrolment of an organisation, on all nodes: what is
//! there is counted before there is one more.
//!
//! Nodes take turns by a lock in Postgres, which goes with the transaction that took it, and so with
//! the node; callers of one node wait for each other first, so that they occupy no connections.

use std::sync::Arc;
use std::time::Duration;

use pantheon_events::{AgentId, TenantId};
use pantheon_log::ReadError;
use sqlx::{PgPool, Postgres, Transaction};
use tokio::sync::{Mutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::store::DispatchError;

/// Of so many of the pool's connections one may hold a turn or wait for it: whoever has one needs
/// another to look at the agent.
const ONE_OF: u32 = 4;
/// Names whose callers are told apart.
const REMEMBERED: u64 = 10_000;
/// Which of Postgres' two-part advisory locks these are.
const LOCKS: i32 = 0x7461_736b;

/// How long other nodes' turns may take, and Postgres.
const PATIENCE: Duration = Duration::from_secs(6);

type Callers = moka::sync::Cache<String, Arc<Mutex<()>>>;

/// The turns of a node.
pub struct AgentTurns {
    pool: PgPool,
    here: Callers,
    places: Arc<Semaphore>,
}

/// A turn, until it is dropped. The lock goes first.
struct Turn {
    _lock: Transaction<'static, Postgres>,
    _place: OwnedSemaphorePermit,
    _here: OwnedMutexGuard<()>,
}

impl AgentTurns {
    pub(super) fn new(pool: PgPool) -> Self {
        let places = (pool.options().get_max_connections() / ONE_OF).max(1);
        Self {
            pool,
            here: Callers::new(REMEMBERED),
            places: Arc::new(Semaphore::new(places as usize)),
        }
    }

    /// Waits for the agent's turn.
    pub(super) async fn take(
        &self,
        tenant: TenantId,
        agent: &AgentId,
    ) -> Result<impl Send + 'static, DispatchError> {
        self.turn(format!("{tenant}/{agent}")).await
    }

    /// Waits for an organisation's turn to have one more agent.
    pub(super) async fn take_enrolment(
        &self,
        tenant: TenantId,
    ) -> Result<impl Send + 'static, DispatchError> {
        // No agent's id has a slash at its end.
        self.turn(format!("{tenant}/")).await
    }

    async fn turn(&self, name: String) -> Result<Turn, DispatchError> {
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
            LOCKS,
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
