//! Reading a piece of the log from Postgres.

use std::sync::{Arc, PoisonError, RwLock};

use futures_util::TryStreamExt;
use pantheon_events::{Position, RecordedEvent};
use sqlx::PgConnection;

use crate::ReadError;
use crate::log::epochs::Epochs;
use crate::log::rows::{Row, read_error};

/// A read ends here, whatever its limit: memory stays flat with large payloads.
const MOST_BYTES: usize = 8 << 20;

/// The lineages known to this node, shared by all reads.
#[derive(Debug)]
pub struct Lineages(RwLock<Arc<Epochs>>);

impl Lineages {
    pub fn new(epochs: Epochs) -> Self {
        Self(RwLock::new(Arc::new(epochs)))
    }

    pub fn get(&self) -> Arc<Epochs> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn set(&self, epochs: Epochs) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(epochs);
    }

    /// Turns rows into events. Rows that were read together with a newer epoch than is known make
    /// the list be read again first, so that no event is told in the wrong lineage.
    pub async fn events(
        &self,
        connection: &mut PgConnection,
        rows: Vec<Row>,
    ) -> Result<Vec<Arc<RecordedEvent>>, ReadError> {
        let mut epochs = self.get();
        let newest = rows
            .last()
            .and_then(|row| row.newest_epoch)
            .unwrap_or_default();
        if newest > epochs.newest().get() {
            let loaded = Epochs::load(connection)
                .await
                .map_err(ReadError::Unavailable)?;
            epochs = Arc::new(loaded);
        }
        rows.into_iter().map(|row| row.event(&epochs)).collect()
    }
}

/// Up to `limit` rows after `after`, in position order.
pub async fn rows_after(
    connection: &mut PgConnection,
    after: Position,
    limit: usize,
) -> Result<Vec<Row>, ReadError> {
    let mut stream = sqlx::query_as!(
        Row,
        r#"select position, aggregate_type, aggregate_id, sequence, event_type, event_version,
                  payload as "payload: _", metadata as "metadata: _", event_id, command_id,
                  recorded_at, (select max(epoch) from epochs) as newest_epoch
           from events where position > $1 order by position limit $2"#,
        after.get(),
        i64::try_from(limit).unwrap_or(i64::MAX),
    )
    .fetch(connection);
    let mut rows: Vec<Row> = Vec::new();
    let mut bytes = 0;
    while bytes < MOST_BYTES {
        let last = rows.last().map_or(after, |row| Position::new(row.position));
        match stream
            .try_next()
            .await
            .map_err(|error| read_error(error, last.next()))?
        {
            Some(row) => {
                bytes += row.size();
                rows.push(row);
            }
            None => break,
        }
    }
    Ok(rows)
}
