//! Single things of the log: one event, one stream, one command, one moment.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use pantheon_events::{CommandId, EventId, Position, RecordedEvent, Sequence};

use crate::log::Log;
use crate::log::handle::in_time;
use crate::log::rows::{Row, read_error};
use crate::writer::stored_refusal;
use crate::{AppendError, ReadError, Recorded};

impl Log {
    /// Up to `limit` events of one stream after `after`, in sequence order.
    ///
    /// # Errors
    /// [`ReadError`]; a missing sequence is corruption.
    pub async fn stream(
        &self,
        aggregate_type: &str,
        aggregate_id: &str,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<Arc<RecordedEvent>>, ReadError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query_as!(
            Row,
            r#"select position, aggregate_type, aggregate_id, sequence, event_type, event_version,
                      payload as "payload: _", metadata as "metadata: _", event_id, command_id,
                      recorded_at, (select max(epoch) from epochs) as newest_epoch
               from events
               where aggregate_type = $1 and aggregate_id = $2 and sequence > $3
               order by sequence limit $4"#,
            aggregate_type,
            aggregate_id,
            after.get(),
            i64::try_from(limit).unwrap_or(i64::MAX),
        );
        let read = async {
            let rows = rows.fetch_all(&mut *reader).await;
            let rows = rows.map_err(|error| read_error(error, Position::ZERO))?;
            self.lineages().events(&mut reader, rows).await
        };
        let events = in_time(read).await?;
        reader.keep();
        self.prove_stream(after, &events)?;
        Ok(events)
    }

    /// The event at a position.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn event_at(
        &self,
        position: Position,
    ) -> Result<Option<Arc<RecordedEvent>>, ReadError> {
        if let Some(event) = self.in_ring(position) {
            return Ok(Some(event));
        }
        let before = Position::new(position.get().saturating_sub(1));
        let first = self.read_postgres(before, 1).await?.into_iter().next();
        Ok(first.filter(|event| event.position == position))
    }

    /// The event with this id.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn event_by_id(&self, id: EventId) -> Result<Option<Arc<RecordedEvent>>, ReadError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query_as!(
            Row,
            r#"select position, aggregate_type, aggregate_id, sequence, event_type, event_version,
                      payload as "payload: _", metadata as "metadata: _", event_id, command_id,
                      recorded_at, (select max(epoch) from epochs) as newest_epoch
               from events where event_id = $1"#,
            id.as_uuid(),
        );
        let read = async {
            let row = row.fetch_optional(&mut *reader).await;
            let row = row.map_err(|error| read_error(error, Position::ZERO))?;
            let rows = row.into_iter().collect();
            self.lineages().events(&mut reader, rows).await
        };
        let event = in_time(read).await?.into_iter().next();
        reader.keep();
        Ok(event)
    }

    /// The last position that was recorded at or before `time`; 0 if there is none.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn position_at(&self, time: DateTime<Utc>) -> Result<Position, ReadError> {
        sqlx::query_scalar!(r#"select position_at($1) as "position!""#, time)
            .fetch_one(self.readers())
            .await
            .map(Position::new)
            .map_err(ReadError::Unavailable)
    }

    /// The sequence of a stream's last event at or before a position; 0 if there is none.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn sequence_at(
        &self,
        (aggregate_type, aggregate_id): (&str, &str),
        position: Position,
    ) -> Result<Sequence, ReadError> {
        let last = sqlx::query_scalar!(
            "select sequence from events
             where aggregate_type = $1 and aggregate_id = $2 and position <= $3
             order by sequence desc limit 1",
            aggregate_type,
            aggregate_id,
            position.get(),
        );
        let last = last.fetch_optional(self.readers()).await;
        last.map(|last| Sequence::new(last.unwrap_or_default()))
            .map_err(ReadError::Unavailable)
    }

    /// The log's last position, asked from Postgres now.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn database_head(&self) -> Result<Position, ReadError> {
        super::handle::head(self.readers())
            .await
            .map_err(ReadError::Unavailable)
    }

    /// What the log keeps of a command, and its fingerprint.
    ///
    /// # Errors
    /// [`AppendError::Unavailable`] without Postgres.
    pub async fn command(
        &self,
        id: CommandId,
    ) -> Result<Option<(Recorded, [u8; 32])>, AppendError> {
        let row = sqlx::query!(
            r#"select fingerprint, aggregate_type, aggregate_id, sequence, position,
                      refusal::text as refusal
               from commands where command_id = $1"#,
            id.as_uuid(),
        )
        .fetch_optional(self.readers())
        .await
        .map_err(|_| AppendError::Unavailable)?;
        let Some(row) = row else { return Ok(None) };
        let fingerprint = row.fingerprint.try_into().map_err(|_| {
            AppendError::Refused("the recorded fingerprint has not 32 bytes".to_owned())
        })?;
        let recorded = Recorded {
            aggregate_type: row.aggregate_type,
            aggregate_id: row.aggregate_id,
            sequence: Sequence::new(row.sequence),
            position: Position::new(row.position),
            refusal: row.refusal.as_deref().map(stored_refusal).transpose()?,
        };
        Ok(Some((recorded, fingerprint)))
    }

    fn prove_stream(
        &self,
        after: Sequence,
        events: &[Arc<RecordedEvent>],
    ) -> Result<(), ReadError> {
        let mut last = after;
        for event in events {
            if event.sequence != last.next() {
                self.note_violation(event.position, event.position);
                let message = format!("sequence {} follows {last}", event.sequence);
                return Err(ReadError::Corrupt {
                    position: event.position,
                    message,
                });
            }
            last = event.sequence;
        }
        Ok(())
    }
}
