//! The frames of dialect A, after the snapshot.

use pantheon_events::Position;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// What a frame says.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(tag = "type", content = "data")]
pub enum Said {
    /// An agent is doing otherwise than before.
    #[serde(rename = "agent:status_changed")]
    AgentStatusChanged(AgentStatusChanged),
    /// An agent reported an error, or an attempt of it failed.
    #[serde(rename = "agent:error")]
    AgentError(AgentError),
    /// An agent began a task.
    #[serde(rename = "agent:task_started")]
    TaskStarted(TaskStarted),
    /// An agent completed a task.
    #[serde(rename = "agent:task_completed")]
    TaskCompleted(TaskCompleted),
    /// A deployment began.
    #[serde(rename = "deployment:started")]
    DeploymentStarted(DeploymentStarted),
    /// A deployment went on.
    #[serde(rename = "deployment:progress")]
    DeploymentProgress(DeploymentProgress),
    /// A deployment is done.
    #[serde(rename = "deployment:completed")]
    DeploymentCompleted(DeploymentCompleted),
    /// A deployment failed or was given up.
    #[serde(rename = "deployment:failed")]
    DeploymentFailed(DeploymentFailed),
    /// Something needs to be looked at.
    #[serde(rename = "system:alert")]
    Alert(Alert),
    /// A question that this socket's user has asked of the database.
    #[serde(rename = "database:query_completed")]
    QueryCompleted(QueryCompleted),
    /// Figures of the machine and the fleet, at most once a second.
    #[serde(rename = "system:metrics_updated")]
    Metrics(Metrics),
}

/// A frame as it travels.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Frame {
    /// What it says.
    #[serde(flatten)]
    pub said: Said,
    /// When the event was recorded.
    pub timestamp: String,
    /// The event's place in the log; `?after=` goes on from here.
    pub position: Position,
}

/// `agent:status_changed`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ConsoleAgentStatusChanged")]
pub struct AgentStatusChanged {
    pub agent_id: String,
    pub old_status: Option<String>,
    pub new_status: Option<String>,
    pub agent_name: String,
    pub reason: Option<String>,
}

/// `agent:error`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ConsoleAgentError")]
pub struct AgentError {
    pub agent_id: String,
    pub error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_id: Option<String>,
    /// Whether another attempt follows, when an attempt failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub will_retry: Option<bool>,
}

/// `agent:task_started`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ConsoleTaskStarted")]
pub struct TaskStarted {
    pub agent_id: String,
    pub task_id: String,
    pub task_name: String,
    pub priority: Option<String>,
}

/// `agent:task_completed`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ConsoleTaskCompleted")]
pub struct TaskCompleted {
    pub agent_id: String,
    pub task_id: String,
    pub task_name: String,
    pub duration_seconds: Option<serde_json::Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
}

/// `deployment:started`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ConsoleDeploymentStarted")]
pub struct DeploymentStarted {
    pub deployment_id: Option<String>,
    pub environment: Option<String>,
    pub version: String,
}

/// `deployment:completed`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ConsoleDeploymentCompleted")]
pub struct DeploymentCompleted {
    pub deployment_id: Option<String>,
    pub environment: Option<String>,
    pub version: String,
    pub duration_seconds: Option<serde_json::Number>,
}

/// `deployment:failed`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ConsoleDeploymentFailed")]
pub struct DeploymentFailed {
    pub deployment_id: Option<String>,
    pub environment: Option<String>,
    pub error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
}

/// `deployment:progress`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ConsoleDeploymentProgress")]
pub struct DeploymentProgress {
    pub deployment_id: Option<String>,
    pub stage: String,
    /// Percent of the whole: 25 per completed stage and the running stage's share.
    pub progress: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// `system:alert`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    pub alert_id: String,
    pub severity: Option<String>,
    pub title: String,
    pub description: String,
}

/// `database:query_completed`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ConsoleQueryCompleted")]
pub struct QueryCompleted {
    /// Without its literals.
    pub query: String,
    pub rows: i64,
    pub duration_ms: i64,
}

/// `system:metrics_updated`: of all live nodes, whichever was sampled.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Metrics {
    pub cpu_usage: f64,
    pub memory_usage: f64,
    pub disk_usage: f64,
    pub active_agents: i64,
    pub total_tasks: i64,
    pub completed_tasks: i64,
    pub uptime_seconds: i64,
}
