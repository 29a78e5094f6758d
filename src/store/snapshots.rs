//! Folded streams, kept so that a long one is not read from its beginning.
//!
//! A snapshot is never a source, only a short cut to what folding the stored events gives:
//! * it is taken of committed events, after the log has confirmed the sequence it stands at;
//! * it counts only for a build with the same rules and events ([`RULES`]), so a change of either
//!   makes all of them void;
//! * it counts only while the event it ends with is the one that the log holds there, so a log that
//!   went back to a backup takes its snapshots along;
//! * it is kept only if reading it back gives the very state that was written, and only over one
//!   that is older or counts for nothing: two that are taken at once may arrive in any order.
//!
//! Every row may be deleted at any time. On failure nothing happens but a longer read.

use std::time::Duration;

use pantheon_events::{Sequence, TenantId};
use pantheon_log::ReadError;
use sqlx::PgPool;

use super::{DispatchError, Loaded};
use crate::domain::Root;

/// What rules and events this build was made of.
const RULES: &str = env!("RULES_OF_STATES");

/// A snapshot is worth taking after so many further events.
const WORTH: i64 = 500;

/// How long Postgres may take for one.
const PATIENCE: Duration = Duration::from_secs(5);

/// The snapshots of a log.
pub(super) struct Snapshots {
    pool: PgPool,
}

impl Snapshots {
    pub(super) fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Whether a stream that went from one sequence to another is worth a snapshot.
    pub(super) fn is_due(from: Sequence, to: Sequence) -> bool {
        from.get() / WORTH != to.get() / WORTH
    }

    /// The stream as far as it was folded; empty when there is no snapshot that counts.
    pub(super) async fn latest<A: Root>(&self, id: &str) -> Result<Loaded<A>, DispatchError> {
        let found = sqlx::query!(
            "select s.sequence, s.tenant, s.state from stream_snapshots s
             join events e on e.aggregate_type = s.aggregate_type
                 and e.aggregate_id = s.aggregate_id and e.sequence = s.sequence
             where s.aggregate_type = $1 and s.aggregate_id = $2 and s.rules = $3
                 and e.event_id = s.event_id",
            A::TYPE,
            id,
            RULES,
        )
        .fetch_optional(&self.pool);
        let found = in_time(found).await.map_err(ReadError::Unavailable)?;
        let read = found.and_then(|row| {
            let aggregate = serde_json::from_str(&row.state).ok()?;
            Some(Loaded {
                aggregate,
                sequence: Sequence::new(row.sequence),
                tenant: row.tenant.map(TenantId::new),
                own_event: None,
            })
        });
        Ok(read.unwrap_or_default())
    }

    /// Keeps a committed stream. That it could not be kept is nobody's failure.
    pub(super) async fn keep<A: Root>(&self, id: &str, loaded: &Loaded<A>) {
        let Some(state) = lossless(&loaded.aggregate) else {
            tracing::warn!(
                aggregate = A::TYPE,
                "a state is not read back as it was written; no snapshots are taken of it"
            );
            return;
        };
        let kept = sqlx::query!(
            "insert into stream_snapshots
                 (aggregate_type, aggregate_id, sequence, event_id, rules, tenant, state)
             select e.aggregate_type, e.aggregate_id, e.sequence, e.event_id, $4, $5, $6
             from events e
             where e.aggregate_type = $1 and e.aggregate_id = $2 and e.sequence = $3
             on conflict (aggregate_type, aggregate_id) do update
                 set sequence = excluded.sequence, event_id = excluded.event_id,
                     rules = excluded.rules, tenant = excluded.tenant, state = excluded.state,
                     taken_at = excluded.taken_at
                 where stream_snapshots.sequence <= excluded.sequence
                     or stream_snapshots.rules <> excluded.rules
                     or not exists (
                         select from events o
                         where o.aggregate_type = stream_snapshots.aggregate_type
                             and o.aggregate_id = stream_snapshots.aggregate_id
                             and o.sequence = stream_snapshots.sequence
                             and o.event_id = stream_snapshots.event_id)",
            A::TYPE,
            id,
            loaded.sequence.get(),
            RULES,
            loaded.tenant.map(|tenant| tenant.as_uuid()),
            state,
        )
        .execute(&self.pool);
        let kept = in_time(kept).await;
        if let Err(error) = kept {
            tracing::debug!(%error, aggregate = A::TYPE, id, "a snapshot could not be kept");
        }
    }
}

/// A stream is loaded under its slot's lock, which must come free.
async fn in_time<T>(query: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    let done = tokio::time::timeout(PATIENCE, query).await;
    done.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

/// The state as text, if it is the same when it is read again.
fn lossless<A: Root>(aggregate: &A) -> Option<String> {
    let text = serde_json::to_string(aggregate).ok()?;
    let read: A = serde_json::from_str(&text).ok()?;
    (read == *aggregate).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_due_whenever_so_many_events_have_come() {
        let due = |from, to| Snapshots::is_due(Sequence::new(from), Sequence::new(to));
        assert!(due(499, 500) && due(499, 501) && due(0, 1_200));
        assert!(!due(0, 499) && !due(500, 999) && !due(7, 7));
    }
}
