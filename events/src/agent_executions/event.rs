//! What happened to an execution. Every event says which agent and which issue, so that sockets keep
//! no state.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ExecutionLogEntry, ExecutionOptions};
use crate::tasks::Object;
use crate::{RepositoryId, TaskId, events};

/// What an execution is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExecutionSubject {
    /// The repository.
    pub repository_id: RepositoryId,
    /// The repository's full name.
    pub repository: String,
    /// The issue's number there.
    pub issue_number: i64,
    /// The kind of agent: a catalogue id.
    pub agent_type: String,
}

/// An agent is to work on an issue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentExecutionRequested {
    /// On what, and which kind of agent.
    #[serde(flatten)]
    pub subject: ExecutionSubject,
    /// The task that carries it out.
    pub task_id: TaskId,
    /// How it is carried out.
    pub options: ExecutionOptions,
    /// Who asked.
    pub requested_by: String,
}

/// An agent began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentExecutionStarted {
    /// On what, and which kind of agent.
    #[serde(flatten)]
    pub subject: ExecutionSubject,
    /// When, by the node's clock.
    pub at: DateTime<Utc>,
}

/// How far it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentExecutionProgressed {
    /// On what, and which kind of agent.
    #[serde(flatten)]
    pub subject: ExecutionSubject,
    /// 0–100.
    pub progress: i32,
    /// What is being done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Lines of its log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentExecutionLogAppended {
    /// The lines, each with its time.
    pub entries: Vec<ExecutionLogEntry>,
    /// The kind of agent: a catalogue id.
    pub agent_type: String,
    /// The issue's number.
    pub issue_number: i64,
}

/// It is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentExecutionCompleted {
    /// On what, and which kind of agent.
    #[serde(flatten)]
    pub subject: ExecutionSubject,
    /// What came out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result_summary: Option<Object>,
    /// How good it is, 0–100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality_score: Option<f64>,
    /// The pull request that was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pr_number: Option<i64>,
    /// When, by the node's clock.
    pub at: DateTime<Utc>,
}

/// It could not be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentExecutionFailed {
    /// On what, and which kind of agent.
    #[serde(flatten)]
    pub subject: ExecutionSubject,
    /// What went wrong.
    pub error: String,
    /// When, by the node's clock.
    pub at: DateTime<Utc>,
}

/// It was given up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentExecutionCancelled {
    /// On what, and which kind of agent.
    #[serde(flatten)]
    pub subject: ExecutionSubject,
    /// The task that carried it out.
    pub task_id: TaskId,
    /// When, by the node's clock.
    pub at: DateTime<Utc>,
}

events! {
    /// The events of one execution.
    pub enum AgentExecutionEvent for "agent_execution" {
        AgentExecutionRequested = "agent_execution_requested" @ "1",
        AgentExecutionStarted = "agent_execution_started" @ "1",
        AgentExecutionProgressed = "agent_execution_progressed" @ "1",
        AgentExecutionLogAppended = "agent_execution_log_appended" @ "1",
        AgentExecutionCompleted = "agent_execution_completed" @ "1",
        AgentExecutionFailed = "agent_execution_failed" @ "1",
        AgentExecutionCancelled = "agent_execution_cancelled" @ "1",
    }
}
