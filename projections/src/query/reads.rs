//! The pool of queries, and how they wait for a position (G7).

use std::time::Duration;

use pantheon_events::{Position, TenantId};
use pantheon_log::Pool;
use pantheon_log::pool::alive;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::time::Instant;

use super::QueryError;
use crate::engine::Positions;

/// How often the checkpoint is looked at when this process does not run the projection.
const POLL: Duration = Duration::from_millis(20);

/// Longest wait for a free connection.
const ACQUIRE: Duration = Duration::from_secs(5);

/// Where a read model stands for one tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stand {
    /// Its rows reflect at least this position.
    pub at: Position,
    /// They have been the same since this position; later than `at` when they have just changed.
    pub since: Position,
    /// Somebody was told that they have this position: no answer may be older than that.
    pub told: Position,
}

impl Stand {
    /// The stand of an answer that is made of both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            at: self.at.min(other.at),
            since: self.since.max(other.since),
            told: self.told.max(other.told),
        }
    }

    /// Whether an answer of that position is still the answer.
    #[must_use]
    pub fn is_answered_by(self, position: Position) -> bool {
        self.since <= position && position <= self.at
    }
}

impl From<Position> for Stand {
    /// Nothing is known but the position.
    fn from(at: Position) -> Self {
        Self {
            at,
            since: at,
            told: at,
        }
    }
}

/// Connection options of the read side: unqualified names are read models first.
#[must_use]
pub fn connect_options(options: &PgConnectOptions, application: &str) -> PgConnectOptions {
    options
        .clone()
        .application_name(application)
        .options([("search_path", "read,public")])
}

/// Queries over read models. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Reads {
    pool: Pool,
    positions: Positions,
}

impl Reads {
    /// Opens a pool of its own on the same database; connects at the first query. `positions` are
    /// those of the [`Engine`](crate::engine::Engine) of this process, or empty.
    #[must_use]
    pub fn open(options: &PgConnectOptions, connections: u32, positions: Positions) -> Self {
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRE)
            .test_before_acquire(false)
            .before_acquire(alive)
            .connect_lazy_with(connect_options(options, "pantheon-reads"));
        Self {
            pool: Pool::new(pool),
            positions,
        }
    }

    /// The pool; its search path makes unqualified names mean read models, and every statement on it
    /// has an end.
    #[must_use]
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Where a projection stands. Rows that are read **after** this reflect at least this position,
    /// so ask for it first and answer with it.
    ///
    /// # Errors
    /// Postgres did not answer (only asked when this process does not run the projection).
    pub async fn position(&self, projection: &'static str) -> Result<Position, QueryError> {
        match self.positions.get(projection) {
            Some(position) => Ok(position),
            None => self.stored(projection).await,
        }
    }

    /// Waits until the projection has reached `min`, at most `wait`; answers where it stands then.
    /// Safe to drop.
    ///
    /// # Errors
    /// [`QueryError::Behind`] after `wait`; Postgres did not answer.
    pub async fn wait_for(
        &self,
        projection: &'static str,
        min: Position,
        wait: Duration,
    ) -> Result<Position, QueryError> {
        let until = Instant::now() + wait;
        loop {
            let position = self.position(projection).await?;
            if position >= min {
                self.positions.tell(projection, min);
                return Ok(position);
            }
            if Instant::now() >= until {
                return Err(QueryError::Behind {
                    projection,
                    position,
                    wanted: min,
                });
            }
            let _ = tokio::time::timeout_at(until, self.moved(projection, min)).await;
        }
    }

    /// What every query begins with: waits for `min` when the caller named one, and answers with
    /// the position for the label.
    ///
    /// # Errors
    /// As [`wait_for`](Self::wait_for).
    pub async fn at(
        &self,
        projection: &'static str,
        min: Option<Position>,
        wait: Duration,
    ) -> Result<Position, QueryError> {
        match min {
            Some(min) => self.wait_for(projection, min, wait).await,
            None => self.position(projection).await,
        }
    }

    /// The same as [`at`](Self::at), with the position since which the tenant's rows are unchanged.
    ///
    /// # Errors
    /// As [`wait_for`](Self::wait_for).
    pub async fn stand(
        &self,
        projection: &'static str,
        tenant: TenantId,
        min: Option<Position>,
        wait: Duration,
    ) -> Result<Stand, QueryError> {
        let at = self.at(projection, min, wait).await?;
        let since = self.positions.unchanged_since(projection, tenant);
        Ok(self.since(projection, at, since))
    }

    /// Where a projection stands for all tenants together.
    ///
    /// # Errors
    /// As [`at`](Self::at).
    pub async fn stand_of_all(
        &self,
        projection: &'static str,
        min: Option<Position>,
        wait: Duration,
    ) -> Result<Stand, QueryError> {
        let at = self.at(projection, min, wait).await?;
        let since = self.positions.all_unchanged_since(projection);
        Ok(self.since(projection, at, since))
    }

    /// Nothing is known of a projection that runs elsewhere but its position.
    fn since(&self, projection: &'static str, at: Position, since: Option<Position>) -> Stand {
        let since = since.filter(|_| self.positions.get(projection).is_some());
        let told = self.positions.told(projection);
        Stand {
            at,
            since: since.unwrap_or(at),
            told: told.filter(|_| since.is_some()).unwrap_or(at),
        }
    }

    async fn moved(&self, projection: &'static str, min: Position) {
        match self.positions.subscribe(projection) {
            Some(mut position) if position.borrow().is_some() => {
                // The sender lives as long as the map; an error only means: look again.
                let _ = position
                    .wait_for(|now| now.is_none_or(|now| now >= min))
                    .await;
            }
            _ => tokio::time::sleep(POLL).await,
        }
    }

    async fn stored(&self, projection: &'static str) -> Result<Position, QueryError> {
        let position = sqlx::query_scalar!(
            "select position from projection_checkpoints where name = $1",
            projection
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(Position::new(position.unwrap_or_default()))
    }
}
