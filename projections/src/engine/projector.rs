//! The seam between the engine and the contexts.

use std::sync::Arc;

use async_trait::async_trait;
use pantheon_events::RecordedEvent;
use sqlx::PgConnection;

use super::{ProjectError, ProjectionSpec};

/// A fold of the log into rows.
///
/// `project` must depend on nothing but the events and the rows of its own tables: no clock, no
/// randomness, no other table, no outside effect. It may be called again with the same events (the
/// first try was rolled back), with fewer, and with any cut into batches; the rows must be the same.
#[async_trait]
pub trait Projector: Send + Sync + 'static {
    /// What the engine has to know.
    fn spec(&self) -> &'static ProjectionSpec;

    /// Whether an event that it is given by type leaves all rows as they are, as far as the event
    /// itself tells. A batch of such events costs no transaction.
    fn ignores(&self, _event: &RecordedEvent) -> bool {
        false
    }

    /// Applies the events, in order. They are the wanted ones ([`ProjectionSpec::events`], not
    /// [`ignores`](Self::ignores)) without those of parked streams. `db` is inside the transaction that also moves the checkpoint, and
    /// its search path leads unqualified names to the right tables.
    ///
    /// # Errors
    /// Everything rolls back. An error that names the event's position saves the engine the search.
    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError>;
}
