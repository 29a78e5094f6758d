//! Lists that show what is newest first: where a page starts, and what goes on it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::page::cut;
use super::{QueryError, cursor};

/// The row that the page before ended with.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct After {
    pub at: DateTime<Utc>,
    pub id: Uuid,
}

impl After {
    /// What a list's cursor says.
    pub(crate) fn of(cursor: Option<&String>) -> Result<Option<Self>, QueryError> {
        cursor.map(|text| cursor::decode(text)).transpose()
    }
}

/// A page of at most `limit` of the rows, and the cursor of the next one if there are more.
pub(crate) fn page<R>(
    rows: Vec<R>,
    limit: i64,
    place: impl FnOnce(&R) -> (DateTime<Utc>, Uuid),
) -> (Vec<R>, Option<String>) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    cut(rows, limit, |row| {
        let (at, id) = place(row);
        After { at, id }
    })
}
