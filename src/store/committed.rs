//! Streams as committed now, for decisions that look at another stream.
//!
//! Unlike the dispatcher's own cache this one never runs ahead of the log: each look folds what was
//! committed since the last one, which costs one indexed query, however long the stream is.

use std::sync::Arc;

use sqlx::PgPool;
use tokio::sync::Mutex;

use super::{DispatchError, EventStore, Loaded};
use crate::domain::Root;

/// A bounded cache of streams of one kind. Cheap to clone.
pub struct Committed<A> {
    store: Arc<EventStore<A>>,
    streams: moka::sync::Cache<Arc<str>, Arc<Mutex<Loaded<A>>>>,
}

impl<A> Clone for Committed<A> {
    fn clone(&self) -> Self {
        Self {
            store: Arc::clone(&self.store),
            streams: self.streams.clone(),
        }
    }
}

impl<A: Root> Committed<A> {
    /// An empty cache of at most `capacity` streams.
    #[must_use]
    pub fn new(pool: PgPool, capacity: u64) -> Self {
        Self {
            store: Arc::new(EventStore::new(pool)),
            streams: moka::sync::Cache::new(capacity),
        }
    }

    /// Shows a stream as it is committed at this moment; a missing one is empty.
    ///
    /// # Errors
    /// Postgres did not answer, or the stream holds what this build cannot read.
    pub async fn look<T>(
        &self,
        id: &str,
        see: impl FnOnce(&Loaded<A>) -> T + Send,
    ) -> Result<T, DispatchError> {
        let stream = self.streams.get_with(Arc::from(id), Arc::default);
        let mut loaded = stream.lock().await;
        self.store.catch_up(id, &mut loaded).await?;
        Ok(see(&loaded))
    }
}
