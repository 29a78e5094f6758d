//! What operators do with projections: see, pause, resume, replay parked streams, rebuild.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use pantheon_events::{Position, RecordedEvent, Sequence};
use pantheon_log::{Log, ReadError, outside_words};
use serde::Serialize;
use sqlx::{Connection, PgConnection};
use tokio_util::sync::CancellationToken;

use super::apply::project;
use super::checkpoint::Checkpoint;
use super::parked::{self, ParkedStream};
use super::rebuild::{Rebuild, RebuildError, RebuildReport, ReplayReport, rebuild_lock};
use super::{ProjectError, Projector};
use crate::query::connect_options;

/// Events of one stream that are read at a time.
const STREAM_BATCH: usize = 1_000;

/// One projection, as stored.
#[derive(Clone, Debug, Serialize)]
pub struct ProjectionStatus {
    /// Its name.
    pub name: String,
    /// The version of its rows.
    pub version: i32,
    /// Where its rows stand.
    pub position: Position,
    /// `running`, `paused` or `halted`.
    pub state: String,
    /// Why it is not running.
    pub error: Option<String>,
    /// Streams that it skips.
    pub parked: i64,
    /// When its rows or its state changed last.
    pub updated_at: DateTime<Utc>,
}

/// One rebuild, verification or replay.
#[derive(Clone, Debug, Serialize)]
pub struct RebuildStatus {
    /// Its number.
    pub id: i64,
    /// `rebuild`, `verify` or `replay`.
    pub kind: String,
    /// `building`, `verified`, `swapped`, `kept`, `failed` or `rolled_back`.
    pub state: String,
    /// The version of the rows that it builds.
    pub version: i32,
    /// How far it is, or was.
    pub position: Position,
    /// Why it failed.
    pub error: Option<String>,
    /// The [`RebuildReport`] or [`ReplayReport`], once it has ended.
    pub report: Option<serde_json::Value>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

impl RebuildStatus {
    fn is_building(&self) -> bool {
        self.state == "building"
    }
}

/// What became of one parked stream at a replay.
#[derive(Clone, Debug, Serialize)]
pub struct Replayed {
    /// The stream as it was parked, with the new error when it still is.
    pub stream: ParkedStream,
    /// Events that were applied; 0 when it is still parked.
    pub events: usize,
    /// Whether the stream is whole again.
    pub healed: bool,
}

/// Why an operation was not done.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// No such projection.
    #[error("there is no projection {0:?}; see `projections list`")]
    Unknown(String),
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] ReadError),
    /// A rebuild did not come to its end.
    #[error(transparent)]
    Rebuild(#[from] RebuildError),
    /// Postgres said no, or did not answer.
    #[error("the read model's database: {}", outside_words(.0))]
    Database(#[from] sqlx::Error),
    /// A fault of the programme.
    #[error("the operation broke off: {0}")]
    Broken(String),
}

/// Operations on projections. Cheap to clone. Whatever node they are called on, all nodes follow.
#[derive(Clone)]
pub struct Control {
    log: Log,
    projectors: Arc<[Arc<dyn Projector>]>,
}

impl Control {
    /// Over the projectors of this build.
    #[must_use]
    pub fn new(log: &Log, projectors: Vec<Arc<dyn Projector>>) -> Self {
        Self {
            log: log.clone(),
            projectors: projectors.into(),
        }
    }

    /// All projections that have ever run, by name.
    ///
    /// # Errors
    /// Postgres did not answer.
    pub async fn list(&self) -> Result<Vec<ProjectionStatus>, ControlError> {
        let rows = sqlx::query!(
            r#"select name, version, position, state, error, updated_at,
                 (select count(*) from parked_streams p where p.projection = c.name) as "parked!"
             from projection_checkpoints c order by name"#
        )
        .fetch_all(self.log.statements())
        .await?;
        let status = rows.into_iter().map(|row| ProjectionStatus {
            name: row.name,
            version: row.version,
            position: Position::new(row.position),
            state: row.state,
            error: row.error,
            parked: row.parked,
            updated_at: row.updated_at,
        });
        Ok(status.collect())
    }

    /// The parked streams of a projection, by position.
    ///
    /// # Errors
    /// No such projection; Postgres did not answer.
    pub async fn parked(&self, name: &str) -> Result<Vec<ParkedStream>, ControlError> {
        self.find(name)?;
        let statements = self.log.statements();
        let mut db = statements.acquire().await?;
        let parked = statements.within(parked::list(&mut db, name)).await?;
        db.keep();
        Ok(parked)
    }

    /// The last rebuilds and verifications of a projection, newest first.
    ///
    /// # Errors
    /// No such projection; Postgres did not answer.
    pub async fn rebuilds(&self, name: &str) -> Result<Vec<RebuildStatus>, ControlError> {
        self.find(name)?;
        let seen = self.books(name).await?;
        if !seen.iter().any(RebuildStatus::is_building) || self.is_rebuilding(name).await? {
            return Ok(seen);
        }
        // Nobody works on it any more: either it has ended since, or its process has.
        let mut now = self.books(name).await?;
        for status in &mut now {
            let was = seen.iter().any(|before| before.id == status.id);
            if was && status.is_building() {
                status.state = "failed".to_owned();
                status.error = Some("its process ended".to_owned());
            }
        }
        Ok(now)
    }

    /// Whether somebody holds the projection's rebuild lock.
    async fn is_rebuilding(&self, name: &str) -> Result<bool, ControlError> {
        let held = sqlx::query_scalar!(
            r#"select exists (select 1 from pg_locks
                 where locktype = 'advisory' and objsubid = 1
                   and database = (select oid from pg_database where datname = current_database())
                   and ((classid::bigint << 32) | objid::bigint) = hashtextextended($1, 0))
               as "held!""#,
            rebuild_lock(name)
        )
        .fetch_one(self.log.pool())
        .await?;
        Ok(held)
    }

    async fn books(&self, name: &str) -> Result<Vec<RebuildStatus>, ControlError> {
        let rows = sqlx::query!(
            "select id, kind, state, version, position, error, report, started_at, finished_at
             from projection_rebuilds where projection = $1 order by id desc limit 10",
            name
        )
        .fetch_all(self.log.statements())
        .await?;
        let status = rows.into_iter().map(|row| RebuildStatus {
            id: row.id,
            kind: row.kind,
            state: row.state,
            version: row.version,
            position: Position::new(row.position),
            error: row.error,
            report: row.report,
            started_at: row.started_at,
            finished_at: row.finished_at,
        });
        Ok(status.collect())
    }

    /// Stops a projection on all nodes; its rows stay readable.
    ///
    /// # Errors
    /// No such projection; Postgres did not answer.
    pub async fn pause(&self, name: &str) -> Result<(), ControlError> {
        self.set_state(name, "paused").await
    }

    /// Lets a paused or halted projection go on.
    ///
    /// # Errors
    /// No such projection; Postgres did not answer.
    pub async fn resume(&self, name: &str) -> Result<(), ControlError> {
        self.set_state(name, "running").await
    }

    async fn set_state(&self, name: &str, state: &str) -> Result<(), ControlError> {
        let statements = self.log.statements();
        let mut db = statements.acquire().await?;
        let set = statements.within(Checkpoint::set_state(&mut db, name, state, None));
        let known = set.await?;
        db.keep();
        if known {
            Ok(())
        } else {
            Err(ControlError::Unknown(name.to_owned()))
        }
    }

    /// Builds beside the live rows, compares, swaps; see [`Rebuild::replace`].
    ///
    /// # Errors
    /// No such projection; see [`RebuildError`].
    pub async fn rebuild(
        &self,
        name: &str,
        stop: CancellationToken,
    ) -> Result<RebuildReport, ControlError> {
        Ok(Rebuild::new(&self.log, self.find(name)?)
            .replace(stop)
            .await?)
    }

    /// Builds beside the live rows and compares; see [`Rebuild::verify`].
    ///
    /// # Errors
    /// No such projection; see [`RebuildError`].
    pub async fn verify(
        &self,
        name: &str,
        stop: CancellationToken,
    ) -> Result<RebuildReport, ControlError> {
        Ok(Rebuild::new(&self.log, self.find(name)?)
            .verify(stop)
            .await?)
    }

    /// Builds the rows as they were at a position in tables of their own; see [`Rebuild::replay`].
    ///
    /// # Errors
    /// No such projection; see [`RebuildError`].
    pub async fn replay(
        &self,
        name: &str,
        to: Option<Position>,
        stop: CancellationToken,
    ) -> Result<ReplayReport, ControlError> {
        Ok(Rebuild::new(&self.log, self.find(name)?)
            .replay(to, stop)
            .await?)
    }

    /// Puts the rows of before the last rebuild back; see [`Rebuild::roll_back`].
    ///
    /// # Errors
    /// No such projection; see [`RebuildError`].
    pub async fn roll_back(&self, name: &str) -> Result<(), ControlError> {
        Ok(Rebuild::new(&self.log, self.find(name)?)
            .roll_back()
            .await?)
    }

    /// Applies what parked streams have missed, each stream in one transaction, in the log's order;
    /// a stream that fails again stays parked. Works in a task of its own.
    ///
    /// # Errors
    /// No such projection; the log or Postgres did not answer.
    pub async fn replay_parked(&self, name: &str) -> Result<Vec<Replayed>, ControlError> {
        let (log, projector) = (self.log.clone(), self.find(name)?);
        let task = tokio::spawn(async move { replay_all(&log, &*projector).await });
        task.await
            .map_err(|error| ControlError::Broken(error.to_string()))?
    }

    fn find(&self, name: &str) -> Result<Arc<dyn Projector>, ControlError> {
        let found = self
            .projectors
            .iter()
            .find(|projector| projector.spec().name == name);
        found
            .cloned()
            .ok_or_else(|| ControlError::Unknown(name.to_owned()))
    }
}

async fn replay_all(log: &Log, projector: &dyn Projector) -> Result<Vec<Replayed>, ControlError> {
    let options = connect_options(&log.pool().connect_options(), "pantheon-replay");
    let mut db = PgConnection::connect_with(&options).await?;
    let mut done = Vec::new();
    for stream in parked::list(&mut db, projector.spec().name).await? {
        done.extend(replay(log, projector, &mut db, stream).await?);
    }
    Ok(done)
}

/// One stream. Nothing when somebody else has dealt with it meanwhile.
async fn replay(
    log: &Log,
    projector: &dyn Projector,
    db: &mut PgConnection,
    mut stream: ParkedStream,
) -> Result<Option<Replayed>, ControlError> {
    let name = projector.spec().name;
    let mut transaction = db.begin().await?;
    let Some(checkpoint) = Checkpoint::lock(&mut transaction, name).await? else {
        return Err(ControlError::Unknown(name.to_owned()));
    };
    if !parked::list(&mut transaction, name)
        .await?
        .contains(&stream)
    {
        return Ok(None);
    }
    let missed = missed(log, projector, &stream, Position::new(checkpoint.position)).await?;
    match project(projector, &missed, &mut transaction).await {
        Ok(()) => {
            parked::unpark(&mut transaction, name, &stream).await?;
            checkpoint.replace(&mut transaction).await?;
            transaction.commit().await?;
            Ok(Some(Replayed {
                stream,
                events: missed.len(),
                healed: true,
            }))
        }
        Err(error) => {
            transaction.rollback().await?;
            stream.error = match error {
                ProjectError::Event { position, message } => format!("at {position}: {message}"),
                error => {
                    tracing::warn!(projection = name, cause = ?error, "a replay failed");
                    error.to_string()
                }
            };
            stream.attempts += 1;
            parked::park(db, name, &stream).await?;
            Ok(Some(Replayed {
                stream,
                events: 0,
                healed: false,
            }))
        }
    }
}

/// The wanted events of the stream from the parked one up to the checkpoint: later ones come to the
/// projection by themselves once the stream is not parked any more.
async fn missed(
    log: &Log,
    projector: &dyn Projector,
    stream: &ParkedStream,
    to: Position,
) -> Result<Vec<Arc<RecordedEvent>>, ControlError> {
    let first = log.event_at(stream.position).await?;
    let first = first.ok_or_else(|| {
        ControlError::Broken(format!("the log has no event at {}", stream.position))
    })?;
    let mut after = Sequence::new(first.sequence.get() - 1);
    let mut missed = Vec::new();
    loop {
        let (kind, id) = (&stream.aggregate_type, &stream.aggregate_id);
        let events = log.stream(kind, id, after, STREAM_BATCH).await?;
        let Some(last) = events.last() else {
            return Ok(missed);
        };
        after = last.sequence;
        let enough = last.position >= to;
        let wanted = |event: &Arc<RecordedEvent>| {
            event.position <= to && projector.spec().events.matches(event)
        };
        missed.extend(events.into_iter().filter(wanted));
        if enough {
            return Ok(missed);
        }
    }
}
