//! Agents as clients see them.

use chrono::{DateTime, Utc};
use pantheon_events::Sequence;
use pantheon_events::agents::{HealthThresholds, catalogue_agent};
use pantheon_projections::agents::{AgentRow, Presence, RunningTask};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;

/// A member of the fleet.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Agent {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What it does.
    pub description: &'static str,
    /// `coding` or `business`.
    pub category: String,
    /// One emoji.
    pub icon: &'static str,
    /// The catalogue's, then those declared at enrolment.
    pub capabilities: Vec<String>,
    /// 0 (people) to 4 (workers).
    pub layer: i32,
    /// `active`, `idle`, `error` or `offline`.
    pub status: String,
    /// Whole seconds since it last came up; 0 when offline.
    pub uptime: i64,
    /// Its tasks by number.
    pub tasks: AgentTasks,
    /// Its figures.
    pub metrics: AgentMetrics,
    /// How it is to work.
    pub config: AgentConfig,
    /// Its type: a catalogue id.
    #[serde(rename = "type")]
    pub agent_type: String,
    /// `running`, `paused` or `stopped`.
    pub desired_state: String,
    /// `Healthy`, `Degraded`, `Unhealthy` or `Unknown`.
    pub health: &'static str,
    /// Whether it has a key and may speak.
    pub enrolled: bool,
    /// When it was last heard.
    pub last_heartbeat: Option<DateTime<Utc>>,
    /// What it is at.
    pub current_task: Option<CurrentTask>,
    /// What last went wrong.
    pub last_error: Option<String>,
    /// The stream's sequence, for `If-Match`; in answers about one only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub sequence: Option<Sequence>,
}

/// Tasks by number.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct AgentTasks {
    /// It holds now.
    pub active: usize,
    /// It completed.
    pub completed: i64,
    /// It failed for good.
    pub failed: i64,
}

/// Figures of an agent.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentMetrics {
    /// Percent, as the last heartbeat said.
    pub cpu_usage: f64,
    /// Percent, as the last heartbeat said.
    pub memory_usage: f64,
    /// Percent of its finished tasks that were completed; 0 without any.
    pub task_completion_rate: f64,
    /// Seconds per completed task; 0 without any.
    pub average_task_duration: f64,
}

/// How an agent is to work.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentConfig {
    /// 1–100.
    pub max_concurrent_tasks: i32,
    /// 1–86 400.
    pub timeout_seconds: i32,
    /// 0–20.
    pub retry_attempts: i32,
    /// Whether its log entries are kept.
    pub enable_logging: bool,
}

/// A task that an agent is at.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = RunningTask)]
pub struct CurrentTask {
    /// The task.
    pub task_id: Uuid,
    /// Its name.
    pub title: String,
    /// When the attempt started.
    pub started_at: DateTime<Utc>,
    /// 0–1.
    pub progress: f64,
}

impl Agent {
    /// The agent now.
    pub(super) fn now(app: &App, row: AgentRow) -> Self {
        Self::at(row, app.config.health_thresholds(), app.clock.now())
    }

    /// The agent at a moment.
    pub(super) fn at(row: AgentRow, thresholds: HealthThresholds, moment: DateTime<Utc>) -> Self {
        let presence = Presence::of(&row, thresholds, moment);
        let known = catalogue_agent(&row.agent_type);
        Self {
            description: known.map_or("", |known| known.description),
            icon: known.map_or("", |known| known.icon),
            uptime: presence.uptime,
            tasks: AgentTasks {
                active: row.running.len(),
                completed: row.tasks_completed,
                failed: row.tasks_failed,
            },
            metrics: AgentMetrics::from(&row),
            config: AgentConfig::from(&row),
            health: presence.health.as_str(),
            enrolled: row.public_key.is_some(),
            last_heartbeat: presence.last_heartbeat,
            current_task: row.current_task().map(CurrentTask::from),
            id: row.id,
            name: row.name,
            category: row.category,
            capabilities: row.capabilities,
            layer: row.layer,
            status: row.status,
            agent_type: row.agent_type,
            desired_state: row.desired_state,
            last_error: row.last_error,
            sequence: None,
        }
    }

    /// The agent with its stream's sequence.
    pub(super) fn numbered(self, sequence: Sequence) -> Self {
        Self {
            sequence: Some(sequence),
            ..self
        }
    }
}

impl From<&AgentRow> for AgentMetrics {
    fn from(row: &AgentRow) -> Self {
        Self {
            cpu_usage: row.cpu_usage.unwrap_or_default(),
            memory_usage: row.memory_usage.unwrap_or_default(),
            task_completion_rate: row.completion_rate(),
            average_task_duration: row.average_task_seconds(),
        }
    }
}

impl From<&AgentRow> for AgentConfig {
    fn from(row: &AgentRow) -> Self {
        Self {
            max_concurrent_tasks: row.max_concurrent_tasks,
            timeout_seconds: row.timeout_seconds,
            retry_attempts: row.retry_attempts,
            enable_logging: row.enable_logging,
        }
    }
}

impl From<&RunningTask> for CurrentTask {
    fn from(task: &RunningTask) -> Self {
        Self {
            task_id: task.task_id,
            title: task.title.clone(),
            started_at: task.started_at,
            progress: task.progress,
        }
    }
}
