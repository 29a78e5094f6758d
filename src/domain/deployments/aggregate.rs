//! One environment: the deployment that is open, and the ones that succeeded.

use chrono::{DateTime, Utc};
use pantheon_events::deployments::{
    EnvironmentCommand as Command, EnvironmentEvent as Event, RequestDeployment, StageName,
};
use pantheon_events::{ApprovalId, DeploymentId, TenantId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{DeploymentError, decide};
use crate::aggregate;
use crate::domain::Asked;

/// How many successes are remembered to go back to.
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
    /// The last one that ended.
    pub last: Option<DeploymentId>,
    /// Successful ones and their versions, oldest first.
    pub successes: Vec<(DeploymentId, String)>,
}

/// A deployment that has not ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    /// Its id.
    pub id: DeploymentId,
    /// The environment's name.
    pub environment: String,
    /// What is rolled out.
    pub version: String,
    /// The commit.
    pub commit_sha: Option<String>,
    /// The pull request.
    pub pr_number: Option<i64>,
    /// Who asked.
    pub requested_by: String,
    /// When.
    pub requested_at: DateTime<Utc>,
    /// The approval that has to be given.
    pub approval_id: Option<ApprovalId>,
    /// Whether it may start.
    pub released: bool,
    /// When it started.
    pub started_at: Option<DateTime<Utc>>,
    /// Stages that are done.
    pub done: usize,
    /// The stage that runs.
    pub stage: Option<StageName>,
}

impl Deployment {
    /// The word for where it stands.
    #[must_use]
    pub fn status(&self) -> &'static str {
        if self.started_at.is_some() {
            "running"
        } else {
            "pending"
        }
    }

    /// Whether this is what was asked for.
    #[must_use]
    pub fn is(&self, asked: &RequestDeployment, by: &str) -> bool {
        self.environment == asked.environment
            && self.version == asked.version.as_deref().unwrap_or(decide::NEWEST)
            && self.commit_sha == asked.commit_sha
            && self.pr_number == asked.pr_number
            && self.requested_by == by
    }
}

impl Environment {
    fn decide(&self, asked: &Asked<Command>) -> Result<Vec<Event>, DeploymentError> {
        match &asked.command {
            Command::RequestDeployment(command) => {
                decide::request(self, &asked.with(command.clone()))
            }
            Command::AwaitApproval(command) => decide::await_approval(self, command),
            Command::ReleaseDeployment(command) => decide::release(self, command),
            Command::StartDeployment(command) => decide::start(self, command, asked.at),
            Command::StartStage(command) => decide::start_stage(self, command, asked.at),
            Command::ReportStage(command) => decide::report_stage(self, command),
            Command::CompleteStage(command) => decide::complete_stage(self, command, asked.at),
            Command::FailStage(command) => decide::fail_stage(self, command, asked.at),
            Command::CompleteDeployment(command) => decide::complete(self, command, asked.at),
            Command::FailDeployment(command) => decide::fail(self, command, asked.at),
            Command::CancelDeployment(command) => decide::cancel(self, command, asked.at),
            Command::RollbackDeployment(command) => {
                decide::roll_back(self, &asked.with(command.clone()))
            }
            Command::AppendDeploymentLog(command) => decide::append_log(self, command),
        }
    }

    fn evolve(&mut self, event: Event) {
        match event {
            Event::DeploymentRequested(made) => {
                self.name.clone_from(&made.environment);
                self.open = Some(Deployment {
                    id: made.deployment_id,
                    environment: made.environment,
                    version: made.version,
                    commit_sha: made.commit_sha,
                    pr_number: made.pr_number,
                    requested_by: made.requested_by,
                    requested_at: made.at,
                    approval_id: None,
                    released: false,
                    started_at: None,
                    done: 0,
                    stage: None,
                });
            }
            Event::DeploymentCompleted(done) => {
                self.successes.push((done.deployment_id, done.version));
                let forgotten = self.successes.len().saturating_sub(REMEMBERED);
                self.successes.drain(..forgotten);
                self.end(done.deployment_id);
            }
            Event::DeploymentFailed(failed) => self.end(failed.deployment_id),
            Event::DeploymentCancelled(gone) => self.end(gone.deployment_id),
            Event::DeploymentRolledBack(back) => {
                self.successes.retain(|(id, _)| *id != back.deployment_id);
            }
            Event::DeploymentLogAppended(_) | Event::DeploymentStageProgressed(_) => {}
            within => {
                if let Some(open) = &mut self.open {
                    step(open, &within);
                }
            }
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn end(&mut self, id: DeploymentId) {
        self.open = None;
        self.last = Some(id);
    }

    fn valid_id(id: &str) -> bool {
        Uuid::parse_str(id).is_ok()
    }
}

fn step(open: &mut Deployment, event: &Event) {
    match event {
        Event::DeploymentApprovalAwaited(awaited) => open.approval_id = Some(awaited.approval_id),
        Event::DeploymentReleased(_) => open.released = true,
        Event::DeploymentStarted(started) => open.started_at = Some(started.at),
        Event::DeploymentStageStarted(started) => open.stage = Some(started.stage),
        Event::DeploymentStageCompleted(_) => {
            open.stage = None;
            open.done += 1;
        }
        Event::DeploymentStageFailed(_) => open.stage = None,
        _ => {}
    }
}

aggregate!(Environment: Command => Event, DeploymentError);
