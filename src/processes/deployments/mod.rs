//! What a node has to know of deployments: the step before their commands, and their processes.

mod approval;
mod notices;
mod question;
mod steps;
mod watch;

use std::sync::Arc;

use pantheon_events::{DomainEvent, RecordedEvent};
use pantheon_projections::QueryError;

use self::approval::DeploymentApproval;
use self::notices::DeploymentNotices;
use self::steps::DeploymentSteps;
use self::watch::DeploymentWatch;
use super::{Process, ProcessError};
use crate::app::App;
use crate::domain::deployments::Environment;
use crate::store::Committed;

/// Environments remembered as committed.
const REMEMBERED: u64 = 1_000;

/// Sets what goes before the commands of environments.
pub fn prepare(app: &App) {
    let steps = DeploymentSteps {
        environments: app.config.environments.clone(),
        organizations: app.commands.organizations.clone(),
    };
    app.commands.environments.prepare_with(Arc::new(steps));
}

/// The processes of deployments.
#[must_use]
pub fn processes(app: &App) -> Vec<Arc<dyn Process>> {
    let environments: Committed<Environment> = Committed::new(app.log.pool().clone(), REMEMBERED);
    vec![
        Arc::new(DeploymentApproval {
            app: app.clone(),
            environments: environments.clone(),
        }),
        Arc::new(DeploymentNotices::new(app.clone())),
        Arc::new(DeploymentWatch {
            app: app.clone(),
            environments,
        }),
    ]
}

fn read<E: DomainEvent>(event: &RecordedEvent) -> Result<E, ProcessError> {
    E::decode(&event.event_type, &event.event_version, event.payload.get())
        .map_err(|error| ProcessError::Halt(error.to_string()))
}

fn behind(error: QueryError) -> ProcessError {
    ProcessError::Retry(error.to_string())
}
