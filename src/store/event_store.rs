//! Streams as `cqrs-es` aggregates, read through `postgres-es` from their last snapshot on.
//!
//! `cqrs-es`' own `EventStore` trait has no place for a command id, an expected sequence or a
//! position, and its commit awaits inside the critical section; `docs/adr/0002` says more.

use std::marker::PhantomData;
use std::time::Duration;

use cqrs_es::persist::{PersistedEventRepository, PersistenceError, SerializedEvent};
use pantheon_events::{DomainEvent, EventId, Metadata, Sequence, TenantId};
use pantheon_log::ReadError;
use postgres_es::PostgresEventRepository;
use sqlx::PgPool;

use super::DispatchError;
use super::snapshots::Snapshots;
use crate::domain::Root;

/// How long reading a stream may take; the caller is told to come again.
const READ: Duration = Duration::from_secs(5);

/// An aggregate and where its stream stands.
#[derive(Clone, Debug)]
pub struct Loaded<A> {
    /// The state after `sequence`.
    pub aggregate: A,
    /// The stream's last sequence; 0 = no such stream.
    pub sequence: Sequence,
    /// Whose stream it is, once it exists.
    pub tenant: Option<TenantId>,
    /// The last event, when this node decided it and may not know yet that it is committed.
    pub own_event: Option<EventId>,
}

impl<A: Default> Default for Loaded<A> {
    fn default() -> Self {
        Self {
            aggregate: A::default(),
            sequence: Sequence::ZERO,
            tenant: None,
            own_event: None,
        }
    }
}

/// Reads streams of one kind.
pub struct EventStore<A> {
    repository: PostgresEventRepository,
    snapshots: Snapshots,
    kind: PhantomData<fn() -> A>,
}

impl<A: Root> EventStore<A> {
    /// A store over the table `events`.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self {
            snapshots: Snapshots::new(pool.clone()),
            repository: PostgresEventRepository::new(pool),
            kind: PhantomData,
        }
    }

    /// Folds the whole stream, from its last snapshot on.
    pub async fn load(&self, id: &str) -> Result<Loaded<A>, DispatchError> {
        let mut loaded = self.snapshots.latest(id).await?;
        let kept = loaded.sequence;
        apply(&mut loaded, self.after(id, kept).await?)?;
        if Snapshots::is_due(kept, loaded.sequence) {
            self.keep(id, &loaded).await;
        }
        Ok(loaded)
    }

    /// Keeps a stream as it is committed, so that loading it need not begin at its first event.
    pub async fn keep(&self, id: &str, loaded: &Loaded<A>) {
        self.snapshots.keep(id, loaded).await;
    }

    /// Folds what was committed after `loaded`. On top of an event that may never have come nothing
    /// is folded: then the stream is read anew.
    pub async fn catch_up(&self, id: &str, loaded: &mut Loaded<A>) -> Result<(), DispatchError> {
        let events = self.after(id, loaded.sequence).await?;
        if !events.is_empty() && loaded.own_event.is_some() {
            *loaded = self.load(id).await?;
            return Ok(());
        }
        apply(loaded, events)
    }

    async fn after(
        &self,
        id: &str,
        sequence: Sequence,
    ) -> Result<Vec<SerializedEvent>, DispatchError> {
        // A stored sequence is never negative.
        let after = usize::try_from(sequence.get()).unwrap_or(0);
        in_time(self.repository.get_last_events::<A>(id, after)).await
    }
}

fn apply<A: Root>(
    loaded: &mut Loaded<A>,
    events: Vec<SerializedEvent>,
) -> Result<(), DispatchError> {
    for event in events {
        let expected = loaded.sequence.next();
        if i64::try_from(event.sequence) != Ok(expected.get()) {
            let found = event.sequence;
            return Err(DispatchError::Corrupt(format!(
                "sequence {found} instead of {expected}"
            )));
        }
        let payload = event.payload.to_string();
        let fact = A::Fact::decode(&event.event_type, &event.event_version, &payload)
            .map_err(|error| DispatchError::Corrupt(error.to_string()))?;
        if loaded.tenant.is_none() {
            let metadata: Metadata = serde_json::from_value(event.metadata)
                .map_err(|error| DispatchError::Corrupt(format!("metadata: {error}")))?;
            loaded.tenant = Some(metadata.tenant);
        }
        loaded.aggregate.apply(fact);
        loaded.sequence = expected;
    }
    Ok(())
}

/// A stream is read under its slot's lock: without an end, every repeat of its callers would wait
/// behind it for ever.
async fn in_time<T>(
    read: impl Future<Output = Result<T, PersistenceError>>,
) -> Result<T, DispatchError> {
    match tokio::time::timeout(READ, read).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => {
            tracing::warn!(%error, "a stream could not be read");
            Err(DispatchError::Read(ReadError::Unavailable(
                sqlx::Error::PoolClosed,
            )))
        }
        Err(_) => {
            tracing::warn!("a stream could not be read within {READ:?}");
            Err(DispatchError::Read(ReadError::Unavailable(
                sqlx::Error::PoolTimedOut,
            )))
        }
    }
}
