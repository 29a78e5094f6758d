//! One deployment that has not ended.

use chrono::{DateTime, Utc};
use pantheon_events::deployments::{
    DeploymentRequested, EnvironmentEvent as Event, RequestDeployment, StageName,
};
use pantheon_events::{ApprovalId, DeploymentId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::decide;

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

impl From<DeploymentRequested> for Deployment {
    fn from(made: DeploymentRequested) -> Self {
        Self {
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
        }
    }
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

    /// The approval that it still waits for.
    #[must_use]
    pub fn awaits(&self) -> Option<ApprovalId> {
        self.approval_id.filter(|_| !self.released)
    }

    /// What people are asked to approve, so that nothing else can be done under their approval.
    #[must_use]
    pub fn shown(&self) -> serde_json::Value {
        json!({
            "deployment_id": self.id,
            "environment": self.environment,
            "version": self.version,
            "commit_sha": self.commit_sha,
            "pr_number": self.pr_number,
        })
    }

    /// What an event within the deployment changes.
    pub(super) fn step(&mut self, event: &Event) {
        match event {
            Event::DeploymentApprovalAwaited(awaited) => {
                self.approval_id = Some(awaited.approval_id);
            }
            Event::DeploymentReleased(_) => self.released = true,
            Event::DeploymentStarted(started) => self.started_at = Some(started.at),
            Event::DeploymentStageStarted(started) => self.stage = Some(started.stage),
            Event::DeploymentStageCompleted(_) => {
                self.stage = None;
                self.done += 1;
            }
            Event::DeploymentStageFailed(_) => self.stage = None,
            _ => {}
        }
    }
}
