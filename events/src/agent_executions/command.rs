//! What can be asked of an execution.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ExecutionLogEntry, ExecutionOptions};
use crate::tasks::{Object, object_size};
use crate::{RepositoryId, commands};

/// Sets an agent to work on an issue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RequestExecution {
    /// The repository.
    #[garde(skip)]
    pub repository_id: RepositoryId,
    /// The issue's number there.
    #[garde(range(min = 1))]
    pub issue_number: i64,
    /// `coordinator`, `codegen`, `review`, `pr`, `deployment` or `issue`; also by its other names.
    #[garde(length(chars, min = 1, max = 64))]
    pub agent_type: String,
    /// How it is carried out; every option is off when left out.
    #[serde(default)]
    #[garde(dive)]
    pub options: ExecutionOptions,
    /// The repository's full name. Pantheon fills it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 201))]
    pub repository: Option<String>,
}

/// An agent began.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct StartExecution {}

/// How far the agent is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ReportExecutionProgress {
    /// 0–100; what is outside counts as the nearest.
    #[garde(skip)]
    pub progress: i32,
    /// What is being done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(bytes, max = 16384))]
    pub message: Option<String>,
}

/// Lines for the execution's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AppendExecutionLog {
    /// 1–100 entries.
    #[garde(length(min = 1, max = 100), dive)]
    pub entries: Vec<ExecutionLogEntry>,
}

/// The work is done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CompleteExecution {
    /// What came out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(custom(object_size))]
    pub result_summary: Option<Object>,
    /// How good it is, 0–100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 0.0, max = 100.0))]
    pub quality_score: Option<f64>,
    /// The pull request that was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 1))]
    pub pr_number: Option<i64>,
}

/// The work could not be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct FailExecution {
    /// What went wrong.
    #[garde(length(bytes, max = 16384))]
    pub error: String,
}

/// Gives the work up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CancelExecution {}

commands! {
    /// The commands of one execution.
    pub enum AgentExecutionCommand for "agent_execution" {
        RequestExecution = "request_execution" creates,
        StartExecution = "start_execution",
        ReportExecutionProgress = "report_execution_progress",
        AppendExecutionLog = "append_execution_log",
        CompleteExecution = "complete_execution",
        FailExecution = "fail_execution",
        CancelExecution = "cancel_execution",
    }
}
