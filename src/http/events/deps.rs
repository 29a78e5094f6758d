//! What the log's read endpoints are built from.

use std::sync::Arc;

use axum::extract::FromRef;
use pantheon_events::RecordedEvent;
use pantheon_log::Log;
use pantheon_projections::Reads;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::http::Problem;
use crate::lifecycle::Phase;
use crate::live::owners::Owners;

/// Folds one stream's events, in order, into the state of its aggregate as JSON. `None` = no
/// aggregate of this type is known.
pub type Fold = dyn Fn(&str, &[&RecordedEvent]) -> Option<Result<Value, Problem>> + Send + Sync;

/// The parts. Cheap to clone.
#[derive(Clone)]
pub struct EventsDeps {
    /// The log.
    pub log: Log,
    /// The read models, for what followed from what.
    pub reads: Reads,
    /// Who created what, for permissions that reach only one's own.
    pub owners: Owners,
    /// The node is stopping: long answers end.
    pub stop: CancellationToken,
    /// Folds a stream.
    pub fold: Arc<Fold>,
}

impl FromRef<App> for EventsDeps {
    fn from_ref(app: &App) -> Self {
        let doors = app.clone();
        let fold = move |aggregate: &str, events: &[&RecordedEvent]| {
            let door = doors.commands.door(aggregate)?;
            Some(door.fold(events).map_err(Problem::from))
        };
        Self {
            log: app.log.clone(),
            reads: app.reads.clone(),
            owners: app.live.owners.clone(),
            stop: app.lifecycle.stop(Phase::Intake),
            fold: Arc::new(fold),
        }
    }
}
