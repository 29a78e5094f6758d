//! What happened in an environment. Every event names its deployment and carries what its readers
//! show: environment, version, how long it took.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DeploymentLogEntry, DeploymentType, HealthCheck, StageName};
use crate::{ApprovalId, DeploymentId, events};

/// A deployment was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeploymentRequested {
    /// The deployment.
    pub deployment_id: DeploymentId,
    /// The environment's name.
    pub environment: String,
    /// What to roll out.
    pub version: String,
    /// What started it.
    pub deployment_type: DeploymentType,
    /// The commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit_sha: Option<String>,
    /// The pull request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pr_number: Option<i64>,
    /// Who asked.
    pub requested_by: String,
    /// When, by the node's clock.
    pub at: DateTime<Utc>,
}

/// An approval has to be given first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeploymentApprovalAwaited {
    /// The deployment.
    pub deployment_id: DeploymentId,
    /// The approval.
    pub approval_id: ApprovalId,
}

/// The deployment may start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeploymentReleased {
    /// The deployment.
    pub deployment_id: DeploymentId,
    /// The environment's name.
    pub environment: String,
    /// What to roll out.
    pub version: String,
    /// When, by the node's clock. Events of the first builds do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
}

/// The deployment agent began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeploymentStarted {
    /// The deployment.
    pub deployment_id: DeploymentId,
    /// The environment's name.
    pub environment: String,
    /// What is rolled out.
    pub version: String,
    /// When, by the node's clock.
    pub at: DateTime<Utc>,
}

macro_rules! of_a_stage {
    ($($(#[$meta:meta])* $Name:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        pub struct $Name {
            /// The deployment.
            pub deployment_id: DeploymentId,
            /// The stage.
            pub stage: StageName,
            /// Percent of the whole deployment: 25 for each completed stage.
            pub overall: i32,
            /// When, by the node's clock.
            pub at: DateTime<Utc>,
        }
    )+};
}

of_a_stage! {
    /// A stage began.
    DeploymentStageStarted;
    /// A stage is done.
    DeploymentStageCompleted;
}

/// How far a stage is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeploymentStageProgressed {
    /// The deployment.
    pub deployment_id: DeploymentId,
    /// The stage.
    pub stage: StageName,
    /// Percent of the stage.
    pub progress: i32,
    /// Percent of the whole deployment.
    pub overall: i32,
    /// What is being done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When, by the node's clock. Events of the first builds do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
}

/// A stage failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeploymentStageFailed {
    /// The deployment.
    pub deployment_id: DeploymentId,
    /// The stage.
    pub stage: StageName,
    /// What went wrong.
    pub error: String,
    /// When, by the node's clock.
    pub at: DateTime<Utc>,
}

/// The deployment succeeded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeploymentCompleted {
    /// The deployment.
    pub deployment_id: DeploymentId,
    /// The environment's name.
    pub environment: String,
    /// What was rolled out.
    pub version: String,
    /// How it is.
    pub health_check_status: HealthCheck,
    /// Seconds since it started.
    pub duration_seconds: i64,
    /// When, by the node's clock.
    pub at: DateTime<Utc>,
}

/// The deployment failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeploymentFailed {
    /// The deployment.
    pub deployment_id: DeploymentId,
    /// The environment's name.
    pub environment: String,
    /// What was to be rolled out.
    pub version: String,
    /// The stage it failed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<StageName>,
    /// The approval that it was still waiting for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<ApprovalId>,
    /// What went wrong.
    pub error: String,
    /// When, by the node's clock.
    pub at: DateTime<Utc>,
}

/// The deployment was given up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeploymentCancelled {
    /// The deployment.
    pub deployment_id: DeploymentId,
    /// The environment's name.
    pub environment: String,
    /// The approval that it was still waiting for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<ApprovalId>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When, by the node's clock.
    pub at: DateTime<Utc>,
}

/// The deployment was taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeploymentRolledBack {
    /// The deployment.
    pub deployment_id: DeploymentId,
    /// The deployment that rolls the older version out again.
    pub replaced_by: DeploymentId,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Lines of a deployment's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeploymentLogAppended {
    /// The deployment.
    pub deployment_id: DeploymentId,
    /// The lines.
    pub entries: Vec<DeploymentLogEntry>,
    /// When, by the node's clock. Events of the first builds do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
}

/// A tag of the observed repository was taken for a deployment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeploymentImported {
    /// The deployment.
    pub deployment_id: DeploymentId,
    /// The environment's name.
    pub environment: String,
    /// The tag.
    pub version: String,
    /// The commit that it names.
    pub commit_sha: String,
    /// When it was tagged.
    pub at: DateTime<Utc>,
}

events! {
    /// The events of one environment.
    pub enum EnvironmentEvent for "environment" {
        DeploymentRequested = "deployment_requested" @ "1",
        DeploymentApprovalAwaited = "deployment_approval_awaited" @ "1",
        DeploymentReleased = "deployment_released" @ "1",
        DeploymentStarted = "deployment_started" @ "1",
        DeploymentStageStarted = "deployment_stage_started" @ "1",
        DeploymentStageProgressed = "deployment_stage_progressed" @ "1",
        DeploymentStageCompleted = "deployment_stage_completed" @ "1",
        DeploymentStageFailed = "deployment_stage_failed" @ "1",
        DeploymentCompleted = "deployment_completed" @ "1",
        DeploymentFailed = "deployment_failed" @ "1",
        DeploymentCancelled = "deployment_cancelled" @ "1",
        DeploymentRolledBack = "deployment_rolled_back" @ "1",
        DeploymentLogAppended = "deployment_log_appended" @ "1",
        DeploymentImported = "deployment_imported" @ "1",
    }
}
