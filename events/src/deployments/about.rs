//! What every event of an environment tells: which deployment, and when.

use chrono::{DateTime, Utc};

use super::EnvironmentEvent as Event;
use crate::DeploymentId;

impl Event {
    /// The deployment that it is about.
    #[must_use]
    pub fn deployment_id(&self) -> DeploymentId {
        match self {
            Self::DeploymentRequested(event) => event.deployment_id,
            Self::DeploymentApprovalAwaited(event) => event.deployment_id,
            Self::DeploymentReleased(event) => event.deployment_id,
            Self::DeploymentStarted(event) => event.deployment_id,
            Self::DeploymentStageStarted(event) => event.deployment_id,
            Self::DeploymentStageProgressed(event) => event.deployment_id,
            Self::DeploymentStageCompleted(event) => event.deployment_id,
            Self::DeploymentStageFailed(event) => event.deployment_id,
            Self::DeploymentCompleted(event) => event.deployment_id,
            Self::DeploymentFailed(event) => event.deployment_id,
            Self::DeploymentCancelled(event) => event.deployment_id,
            Self::DeploymentRolledBack(event) => event.deployment_id,
            Self::DeploymentLogAppended(event) => event.deployment_id,
            Self::DeploymentImported(event) => event.deployment_id,
        }
    }

    /// When it happened by the node's clock, where it says so.
    #[must_use]
    pub fn at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::DeploymentApprovalAwaited(_) | Self::DeploymentRolledBack(_) => None,
            Self::DeploymentReleased(event) => event.at,
            Self::DeploymentStageProgressed(event) => event.at,
            Self::DeploymentLogAppended(event) => event.at,
            Self::DeploymentRequested(event) => Some(event.at),
            Self::DeploymentStarted(event) => Some(event.at),
            Self::DeploymentStageStarted(event) => Some(event.at),
            Self::DeploymentStageCompleted(event) => Some(event.at),
            Self::DeploymentStageFailed(event) => Some(event.at),
            Self::DeploymentCompleted(event) => Some(event.at),
            Self::DeploymentFailed(event) => Some(event.at),
            Self::DeploymentCancelled(event) => Some(event.at),
            Self::DeploymentImported(event) => Some(event.at),
        }
    }
}
