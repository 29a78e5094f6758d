//! What can be asked of an environment.

use chrono::{DateTime, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{HealthCheck, StageName};
use crate::agents::LogLevel;
use crate::{ApprovalId, DeploymentId, commands};

/// Asks for a version to be rolled out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RequestDeployment {
    /// The environment's name; the stream is the one that belongs to it.
    #[garde(length(chars, min = 1, max = 63))]
    pub environment: String,
    /// What to roll out; `latest` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 255))]
    pub version: Option<String>,
    /// The commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 64))]
    pub commit_sha: Option<String>,
    /// The pull request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 1))]
    pub pr_number: Option<i64>,
}

/// Says that an approval has to be given first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AwaitApproval {
    /// The deployment.
    #[garde(skip)]
    pub deployment_id: DeploymentId,
    /// The approval.
    #[garde(skip)]
    pub approval_id: ApprovalId,
}

/// Says that the deployment may start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ReleaseDeployment {
    /// The deployment.
    #[garde(skip)]
    pub deployment_id: DeploymentId,
}

macro_rules! of_a_deployment {
    ($($(#[$meta:meta])* $Name:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
        #[serde(deny_unknown_fields)]
        pub struct $Name {
            /// The deployment.
            #[garde(skip)]
            pub deployment_id: DeploymentId,
        }
    )+};
}

of_a_deployment! {
    /// The deployment agent begins.
    StartDeployment;
}

macro_rules! of_a_stage {
    ($($(#[$meta:meta])* $Name:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
        #[serde(deny_unknown_fields)]
        pub struct $Name {
            /// The deployment.
            #[garde(skip)]
            pub deployment_id: DeploymentId,
            /// The stage.
            #[garde(skip)]
            pub stage: StageName,
        }
    )+};
}

of_a_stage! {
    /// The next stage begins.
    StartStage;
    /// The running stage is done.
    CompleteStage;
}

/// How far the running stage is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ReportStage {
    /// The deployment.
    #[garde(skip)]
    pub deployment_id: DeploymentId,
    /// The stage.
    #[garde(skip)]
    pub stage: StageName,
    /// 0–100.
    #[garde(range(min = 0, max = 100))]
    pub progress: i32,
    /// What is being done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(bytes, max = 16384))]
    pub message: Option<String>,
}

/// The running stage failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct FailStage {
    /// The deployment.
    #[garde(skip)]
    pub deployment_id: DeploymentId,
    /// The stage.
    #[garde(skip)]
    pub stage: StageName,
    /// What went wrong.
    #[garde(length(bytes, min = 1, max = 16384))]
    pub error: String,
}

/// All stages are done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CompleteDeployment {
    /// The deployment.
    #[garde(skip)]
    pub deployment_id: DeploymentId,
    /// How what was deployed is; `unknown` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub health_check_status: Option<HealthCheck>,
}

/// The deployment failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct FailDeployment {
    /// The deployment.
    #[garde(skip)]
    pub deployment_id: DeploymentId,
    /// What went wrong.
    #[garde(length(bytes, min = 1, max = 16384))]
    pub error: String,
}

/// Gives a deployment up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CancelDeployment {
    /// The deployment.
    #[garde(skip)]
    pub deployment_id: DeploymentId,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(bytes, max = 16384))]
    pub reason: Option<String>,
}

/// Takes the newest successful deployment back: the one before it is rolled out again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RollbackDeployment {
    /// The deployment to take back.
    #[garde(skip)]
    pub deployment_id: DeploymentId,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(bytes, max = 16384))]
    pub reason: Option<String>,
}

/// One line of a deployment's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DeploymentLogEntry {
    /// How much it matters.
    #[garde(skip)]
    pub level: LogLevel,
    /// The text, at most 8 KiB.
    #[garde(length(bytes, min = 1, max = 8192))]
    pub message: String,
}

/// Adds to a deployment's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AppendDeploymentLog {
    /// The deployment.
    #[garde(skip)]
    pub deployment_id: DeploymentId,
    /// 1–100 lines.
    #[garde(length(min = 1, max = 100), dive)]
    pub entries: Vec<DeploymentLogEntry>,
}

/// Somebody tagged a version in the observed repository: it counts as rolled out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ImportDeployment {
    /// The environment's name; the stream is the one that belongs to it.
    #[garde(length(chars, min = 1, max = 63))]
    pub environment: String,
    /// The tag.
    #[garde(length(chars, min = 1, max = 255))]
    pub version: String,
    /// The commit that it names.
    #[garde(length(chars, min = 1, max = 64))]
    pub commit_sha: String,
    /// When it was tagged.
    #[serde(deserialize_with = "crate::time::required")]
    #[garde(skip)]
    pub tagged_at: DateTime<Utc>,
}

commands! {
    /// The commands of one environment.
    pub enum EnvironmentCommand for "environment" {
        RequestDeployment = "request_deployment" creates,
        AwaitApproval = "await_approval",
        ReleaseDeployment = "release_deployment",
        StartDeployment = "start_deployment",
        StartStage = "start_stage",
        ReportStage = "report_stage",
        CompleteStage = "complete_stage",
        FailStage = "fail_stage",
        CompleteDeployment = "complete_deployment",
        FailDeployment = "fail_deployment",
        CancelDeployment = "cancel_deployment",
        RollbackDeployment = "rollback_deployment",
        AppendDeploymentLog = "append_deployment_log",
        ImportDeployment = "import_deployment" creates,
    }
}
