//! What a node has to know of executions: the steps before their commands and before their logs, and
//! the process that carries them.

mod flow;
mod lines;
mod steps;

use std::sync::Arc;

use pantheon_events::{DomainEvent, RecordedEvent};

use self::flow::ExecutionFlow;
use self::steps::OfRepository;
use super::{Process, ProcessError};
use crate::app::App;

pub(super) use lines::ExecutionLines;

/// Sets what goes before the commands of executions.
pub fn prepare(app: &App) {
    let repositories = app.commands.repositories.clone();
    app.commands
        .agent_executions
        .prepare_with(Arc::new(OfRepository { repositories }));
}

/// The processes of executions.
#[must_use]
pub fn processes(app: &App) -> [Arc<dyn Process>; 1] {
    [Arc::new(ExecutionFlow::new(app.clone()))]
}

fn read<E: DomainEvent>(event: &RecordedEvent) -> Result<E, ProcessError> {
    E::decode(&event.event_type, &event.event_version, event.payload.get())
        .map_err(|error| ProcessError::Halt(error.to_string()))
}
