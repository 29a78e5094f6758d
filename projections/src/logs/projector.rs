//! The read model `logs`: one row per entry, kept for a while.
//!
//! How long is counted by the log's own clock: an entry goes when one is recorded that is so much
//! newer, or so many after it. `recorded_at` never decreases, so the rows are the same however the
//! events are cut into batches, and a rebuild forgets what the live model forgot.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use pantheon_events::RecordedEvent;
use sqlx::PgConnection;

use super::{EVENTS, entries};
use crate::engine::{Appended, OnPoison, ProjectError, ProjectionSpec, Projector, Wants, each};

/// The read model's name.
pub const NAME: &str = "logs";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: NAME,
    version: 1,
    tables: &["logs"],
    events: Wants::Events(EVENTS),
    on_poison: OnPoison::Park,
};

/// How much of the logs stays in the read model.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    /// So long after an entry was recorded.
    pub time: Duration,
    /// So many entries.
    pub entries: i64,
}

impl Default for Keep {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(30 * 86_400),
            entries: 5_000_000,
        }
    }
}

impl Keep {
    /// What was recorded before this goes when something is recorded at `newest`.
    fn horizon(self, newest: DateTime<Utc>) -> DateTime<Utc> {
        let time = TimeDelta::from_std(self.time).unwrap_or(TimeDelta::MAX);
        newest
            .checked_sub_signed(time)
            .unwrap_or(DateTime::UNIX_EPOCH)
    }
}

/// Keeps one row per entry.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogsProjector {
    /// How much of them.
    pub keep: Keep,
}

#[async_trait]
impl Projector for LogsProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let mut rows = Appended::new();
        let mut number = last(db).await?;
        each(batch, |event| {
            for row in entries(event)? {
                number += 1;
                rows.push(super::LogRow { number, ..row });
            }
            Ok(())
        })?;
        rows.save(db).await?;
        match batch.last() {
            Some(newest) => self.forget(db, newest.recorded_at, number).await,
            None => Ok(()),
        }
    }
}

impl LogsProjector {
    async fn forget(
        &self,
        db: &mut PgConnection,
        newest: DateTime<Utc>,
        number: i64,
    ) -> Result<(), ProjectError> {
        sqlx::query!(
            "delete from logs where recorded_at < $1 or number <= $2",
            self.keep.horizon(newest),
            number - self.keep.entries,
        )
        .execute(db)
        .await?;
        Ok(())
    }
}

/// The number of the newest entry. It is never forgotten: only a newer one makes it go.
async fn last(db: &mut PgConnection) -> Result<i64, ProjectError> {
    let last = sqlx::query_scalar!("select max(number) from logs")
        .fetch_one(db)
        .await?;
    Ok(last.unwrap_or_default())
}
