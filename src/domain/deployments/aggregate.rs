//! One environment: the deployment that is open, and the ones that succeeded.

use pantheon_events::deployments::{
    DEPLOYER, EnvironmentCommand as Command, EnvironmentEvent as Event,
};
use pantheon_events::{ActorKind, DeploymentId, TenantId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Deployment, DeploymentError, decide};
use crate::aggregate;
use crate::domain::Asked;

/// How many deployments are remembered, to go back to and to tell ended ones from unknown ones.
const REMEMBERED: usize = 50;

/// The stream of an environment.
#[must_use]
pub fn environment_id(tenant: TenantId, name: &str) -> Uuid {
    TenantId::of_key(&["environment", &tenant.to_string(), name]).as_uuid()
}

/// An environment's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// Its name, once something was asked of it.
    name: String,
    /// The deployment that has not ended.
    pub open: Option<Deployment>,
    /// The ones that ended, oldest first.
    pub ended: Vec<(DeploymentId, End)>,
    /// The ones that were rolled out, oldest first.
    pub successes: Vec<Success>,
}

/// What was rolled out. A version may be a name that moves (`latest`); the commit is what it meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Success {
    /// The deployment.
    pub id: DeploymentId,
    /// Its version.
    pub version: String,
    /// Its commit.
    pub commit_sha: Option<String>,
    /// Its pull request.
    pub pr_number: Option<i64>,
}

/// How a deployment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// It was rolled out.
    Success,
    /// It was not.
    Failed,
    /// It was given up.
    Cancelled,
}

impl End {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

impl Environment {
    fn decide(&self, asked: &Asked<Command>) -> Result<Vec<Event>, DeploymentError> {
        let actor = &asked.by.actor;
        if actor.kind == ActorKind::Agent && actor.id != DEPLOYER {
            return Err(DeploymentError::NotTheDeployer);
        }
        match &asked.command {
            Command::RequestDeployment(command) => {
                decide::request(self, &asked.with(command.clone()))
            }
            Command::AwaitApproval(command) => decide::await_approval(self, command),
            Command::ReleaseDeployment(command) => decide::release(self, command, asked.at),
            Command::StartDeployment(command) => decide::start(self, command, asked.at),
            Command::StartStage(command) => decide::start_stage(self, command, asked.at),
            Command::ReportStage(command) => decide::report_stage(self, command, asked.at),
            Command::CompleteStage(command) => decide::complete_stage(self, command, asked.at),
            Command::FailStage(command) => decide::fail_stage(self, command, asked.at),
            Command::CompleteDeployment(command) => decide::complete(self, command, asked.at),
            Command::FailDeployment(command) => decide::fail(self, command, asked.at),
            Command::CancelDeployment(command) => decide::cancel(self, command, asked.at),
            Command::RollbackDeployment(command) => {
                decide::roll_back(self, &asked.with(command.clone()))
            }
            Command::AppendDeploymentLog(command) => decide::append_log(self, command, asked.at),
            Command::ImportDeployment(command) => {
                decide::import(self, &asked.with(command.clone()))
            }
        }
    }

    fn evolve(&mut self, event: Event) {
        match event {
            Event::DeploymentRequested(made) => {
                self.name.clone_from(&made.environment);
                self.open = Some(made.into());
            }
            Event::DeploymentCompleted(done) => {
                let id = done.deployment_id;
                let open = self.open.as_ref().filter(|open| open.id == id);
                let success = Success {
                    id,
                    version: done.version,
                    commit_sha: open.and_then(|open| open.commit_sha.clone()),
                    pr_number: open.and_then(|open| open.pr_number),
                };
                keep(&mut self.successes, success);
                self.end(id, End::Success);
            }
            Event::DeploymentFailed(failed) => self.end(failed.deployment_id, End::Failed),
            Event::DeploymentCancelled(gone) => self.end(gone.deployment_id, End::Cancelled),
            Event::DeploymentRolledBack(back) => {
                self.successes
                    .retain(|success| success.id != back.deployment_id);
            }
            // What others rolled out is nothing that Pantheon can go back to.
            Event::DeploymentImported(seen) => {
                self.name = seen.environment;
                keep(&mut self.ended, (seen.deployment_id, End::Success));
            }
            Event::DeploymentLogAppended(_) | Event::DeploymentStageProgressed(_) => {}
            within => {
                if let Some(open) = &mut self.open {
                    open.step(&within);
                }
            }
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How a deployment ended that is not long ago.
    #[must_use]
    pub fn end_of(&self, id: DeploymentId) -> Option<End> {
        let found = self.ended.iter().find(|(ended, _)| *ended == id);
        found.map(|(_, end)| *end)
    }

    fn end(&mut self, id: DeploymentId, end: End) {
        self.open = None;
        keep(&mut self.ended, (id, end));
    }

    fn valid_id(id: &str) -> bool {
        crate::domain::is_plain_uuid(id)
    }
}

fn keep<T>(known: &mut Vec<T>, newest: T) {
    known.push(newest);
    let forgotten = known.len().saturating_sub(REMEMBERED);
    known.drain(..forgotten);
}

aggregate!(Environment: Command => Event, DeploymentError);
