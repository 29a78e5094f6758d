//! What happened to an agent. Events carry what their readers need: names, types, the old and the
//! new, so that a reader keeps no state of its own.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    AgentConfig, AgentStatus, Category, ControlRequest, CurrentTask, DesiredState, Health,
    LogEntry, MemberKind, ReportedState, StatusReason,
};
use crate::{TaskId, events};

/// An agent of the catalogue was put into an organisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentRegistered {
    /// Its type: the catalogue id.
    pub agent_type: String,
    /// Its name.
    pub name: String,
    /// What it works on.
    pub category: Category,
    /// Where it stands, 0–4.
    pub layer: u8,
    /// The catalogue's capabilities.
    pub capabilities: Vec<String>,
}

/// An agent got a key and may speak.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentEnrolled {
    /// The public half of its key.
    pub public_key: String,
    /// Its type: a catalogue id.
    pub agent_type: String,
    /// What kind of member of the fleet it is.
    pub kind: MemberKind,
    /// Its name.
    pub name: String,
    /// What it works on.
    pub category: Category,
    /// Where it stands, 0–4.
    pub layer: u8,
    /// The catalogue's capabilities, then its own.
    pub capabilities: Vec<String>,
}

/// An agent may no longer speak.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentRevoked {
    /// The key that counts no more.
    pub public_key: String,
    /// Its name.
    pub agent_name: String,
}

/// How an agent is to work was changed; the whole configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentConfigured {
    /// The configuration from now on.
    pub config: AgentConfig,
    /// The agent's name.
    pub agent_name: String,
}

macro_rules! control_requests {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        pub struct $name {
            /// The state the agent is wanted in from now on.
            pub desired_state: DesiredState,
            /// The agent's name.
            pub agent_name: String,
            /// When, by the node's clock.
            pub requested_at: DateTime<Utc>,
        }
    )+};
}

control_requests! {
    /// The agent is to work.
    AgentStartRequested,
    /// The agent is to stop.
    AgentStopRequested,
    /// The agent is to take nothing new.
    AgentPauseRequested,
    /// The agent is to take tasks again.
    AgentResumeRequested,
    /// The agent is to end and start anew.
    AgentRestartRequested,
}

/// The agent did what was asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentControlConfirmed {
    /// The request.
    pub request: ControlRequest,
    /// The state it is in now.
    pub desired_state: DesiredState,
    /// The agent's name.
    pub agent_name: String,
}

/// Nobody confirmed a request in time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentControlTimedOut {
    /// The request.
    pub request: ControlRequest,
    /// The state the agent is still wanted in.
    pub desired_state: DesiredState,
    /// When it was made.
    pub requested_at: DateTime<Utc>,
    /// The agent's name.
    pub agent_name: String,
}

/// An agent gave a sign of life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentHeartbeatRecorded {
    /// When it was heard, by the node's clock.
    pub at: DateTime<Utc>,
    /// How it says it is.
    pub state: ReportedState,
    /// The run of the agent's process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// Seconds since the agent's process started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uptime_seconds: Option<i64>,
    /// Percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_usage: Option<f64>,
    /// Percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_usage: Option<f64>,
    /// Tasks it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_tasks: Option<i32>,
    /// What it is at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_task: Option<CurrentTask>,
    /// The agent's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What troubles it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Set when the agent came, came back or has not done yet what was asked of it long ago: what
    /// it has to be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tell: Option<ControlRequest>,
    /// It came up, or its process is another one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub connected: bool,
}

/// An agent's status changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentStatusChanged {
    /// Before.
    pub old_status: AgentStatus,
    /// Now.
    pub new_status: AgentStatus,
    /// Why.
    pub reason: StatusReason,
    /// The agent's name.
    pub agent_name: String,
    /// Its type: a catalogue id.
    pub agent_type: String,
    /// When, by the node's clock.
    pub at: DateTime<Utc>,
    /// What it was at, where it said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_id: Option<TaskId>,
}

/// An agent's health changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentHealthChanged {
    /// Before.
    pub from: Health,
    /// Now.
    pub to: Health,
    /// The agent's name.
    pub agent_name: String,
}

/// An agent reported that something went wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentErrorReported {
    /// What.
    pub error: String,
    /// The task it happened in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_id: Option<TaskId>,
    /// The agent's name.
    pub agent_name: String,
}

/// An agent wrote into its log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentLogAppended {
    /// The entries, each with its time.
    pub entries: Vec<LogEntry>,
    /// The agent's type: a catalogue id.
    pub agent_type: String,
}

events! {
    /// The events of one agent.
    pub enum AgentEvent for "agent" {
        AgentHeartbeatRecorded = "agent_heartbeat_recorded" @ "1",
        AgentRegistered = "agent_registered" @ "1",
        AgentEnrolled = "agent_enrolled" @ "1",
        AgentRevoked = "agent_revoked" @ "1",
        AgentConfigured = "agent_configured" @ "1",
        AgentStartRequested = "agent_start_requested" @ "1",
        AgentStopRequested = "agent_stop_requested" @ "1",
        AgentPauseRequested = "agent_pause_requested" @ "1",
        AgentResumeRequested = "agent_resume_requested" @ "1",
        AgentRestartRequested = "agent_restart_requested" @ "1",
        AgentControlConfirmed = "agent_control_confirmed" @ "1",
        AgentControlTimedOut = "agent_control_timed_out" @ "1",
        AgentStatusChanged = "agent_status_changed" @ "1",
        AgentHealthChanged = "agent_health_changed" @ "1",
        AgentErrorReported = "agent_error_reported" @ "1",
        AgentLogAppended = "agent_log_appended" @ "1",
    }
}
