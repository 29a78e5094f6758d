//! Tokens that were taken back.
//!
//! Shape: one task per node reads the table once a second into a set that every request looks at.
//! Ordering: none; a set.
//! Delivery: a token is refused on every node at most 2 s after the row was committed.
//! On failure: the last known set stays in force, and the task tries again a second later; a node that
//! cannot read the table says so.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use pantheon_log::{Pool, outside_words};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::pulse::Pulse;

const EVERY: Duration = Duration::from_secs(1);

/// The ids of the tokens that were taken back. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Revoked {
    ids: Arc<RwLock<HashSet<Uuid>>>,
}

impl Revoked {
    /// Whether the token was taken back.
    #[must_use]
    pub fn contains(&self, id: Uuid) -> bool {
        self.ids
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(&id)
    }

    /// Takes it back on this node at once.
    pub fn add(&self, id: Uuid) {
        self.ids
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id);
    }

    /// Reads the table.
    pub async fn refresh(&self, pool: &Pool) -> Result<(), sqlx::Error> {
        let ids = sqlx::query_scalar!("select jti from revoked_tokens where expires_at > now()")
            .fetch_all(pool)
            .await?;
        // Only additions: what this node took back a moment ago may not be in this answer yet.
        let mut known = self.ids.write().unwrap_or_else(PoisonError::into_inner);
        known.extend(ids);
        Ok(())
    }

    /// Keeps the set fresh until the node stops.
    pub async fn keep_fresh(self, pool: Pool, pulse: Pulse, stop: CancellationToken) {
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = tick.tick() => {}
            }
            let read = tokio::select! {
                () = stop.cancelled() => return,
                read = self.refresh(&pool) => read,
            };
            match read {
                Ok(()) => pulse.beat(),
                Err(error) => {
                    tracing::warn!(%error, "cannot read the revoked tokens; the last known stay revoked");
                    pulse.failed(outside_words(&error));
                }
            }
        }
    }
}

/// Takes a token back for every node. `false` = it already was.
pub async fn revoke(
    pool: &PgPool,
    id: Uuid,
    by: &str,
    expires_at: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into revoked_tokens (jti, by, expires_at) values ($1, $2, $3)
         on conflict (jti) do nothing",
        id,
        by,
        expires_at,
    )
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}
