//! Streams that a projection could not apply, and therefore skips (G10).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use pantheon_events::{Position, RecordedEvent};
use pantheon_log::ParkedStreams;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

/// One parked stream of one projection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParkedStream {
    /// The stream's type.
    pub aggregate_type: String,
    /// The stream's id.
    pub aggregate_id: String,
    /// The event that could not be applied; it and all later ones of the stream are skipped.
    pub position: Position,
    /// Why.
    pub error: String,
    /// How often it was tried.
    pub attempts: i32,
    /// Since when.
    pub parked_at: DateTime<Utc>,
}

/// The same as a row.
struct Stored {
    aggregate_type: String,
    aggregate_id: String,
    position: i64,
    error: String,
    attempts: i32,
    parked_at: DateTime<Utc>,
}

impl From<Stored> for ParkedStream {
    fn from(row: Stored) -> Self {
        Self {
            aggregate_type: row.aggregate_type,
            aggregate_id: row.aggregate_id,
            position: Position::new(row.position),
            error: row.error,
            attempts: row.attempts,
            parked_at: row.parked_at,
        }
    }
}

/// The parked streams of one projection, for the question "is this event's stream parked?".
#[derive(Clone, Debug, Default)]
pub(super) struct Parked(HashMap<String, HashMap<String, ParkedStream>>);

impl Parked {
    pub async fn load(db: &mut PgConnection, projection: &str) -> Result<Self, sqlx::Error> {
        let mut parked = Self::default();
        for stream in list(db, projection).await? {
            parked.insert(stream);
        }
        Ok(parked)
    }

    pub fn holds(&self, event: &RecordedEvent) -> bool {
        !self.0.is_empty()
            && self
                .0
                .get(&event.aggregate_type)
                .is_some_and(|ids| ids.contains_key(&event.aggregate_id))
    }

    pub fn insert(&mut self, stream: ParkedStream) {
        let ids = self.0.entry(stream.aggregate_type.clone()).or_default();
        ids.insert(stream.aggregate_id.clone(), stream);
    }

    pub fn len(&self) -> usize {
        self.0.values().map(HashMap::len).sum()
    }

    /// For those who look after the node.
    pub fn report(&self) -> Option<ParkedStreams> {
        let all = self.0.values().flat_map(HashMap::values);
        let first = all.min_by_key(|stream| stream.position)?;
        Some(ParkedStreams {
            streams: self.len(),
            position: first.position,
            error: first.error.clone(),
        })
    }

    /// By position.
    pub fn to_vec(&self) -> Vec<ParkedStream> {
        let mut all: Vec<_> = self.0.values().flat_map(HashMap::values).cloned().collect();
        all.sort_by_key(|stream| stream.position);
        all
    }
}

/// The parked streams of a projection, by position.
pub(super) async fn list(
    db: &mut PgConnection,
    projection: &str,
) -> Result<Vec<ParkedStream>, sqlx::Error> {
    sqlx::query_as!(
        Stored,
        "select aggregate_type, aggregate_id, position, error, attempts, parked_at
         from parked_streams where projection = $1 order by position",
        projection
    )
    .fetch_all(db)
    .await
    .map(|rows| rows.into_iter().map(ParkedStream::from).collect())
}

/// Parks a stream, or notes another failed attempt.
pub(super) async fn park(
    db: &mut PgConnection,
    projection: &str,
    stream: &ParkedStream,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into parked_streams
             (projection, aggregate_type, aggregate_id, position, error, attempts, parked_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (projection, aggregate_type, aggregate_id)
         do update set error = excluded.error, attempts = excluded.attempts",
        projection,
        stream.aggregate_type,
        stream.aggregate_id,
        stream.position.get(),
        stream.error,
        stream.attempts,
        stream.parked_at
    )
    .execute(db)
    .await
    .map(drop)
}

/// The stream is whole again.
pub(super) async fn unpark(
    db: &mut PgConnection,
    projection: &str,
    stream: &ParkedStream,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from parked_streams
         where projection = $1 and aggregate_type = $2 and aggregate_id = $3",
        projection,
        stream.aggregate_type,
        stream.aggregate_id
    )
    .execute(db)
    .await
    .map(drop)
}

/// Replaces all parked streams of a projection, at a swap.
pub(super) async fn replace_all(
    db: &mut PgConnection,
    projection: &str,
    streams: &[ParkedStream],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from parked_streams where projection = $1",
        projection
    )
    .execute(&mut *db)
    .await?;
    for stream in streams {
        park(db, projection, stream).await?;
    }
    Ok(())
}
