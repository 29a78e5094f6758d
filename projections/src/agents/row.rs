//! One member of the fleet.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The ordinal of everybody who is not in the catalogue.
pub(super) const NOT_IN_CATALOGUE: i32 = 1000;

/// A task that an agent holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunningTask {
    /// The task.
    pub task_id: Uuid,
    /// Its name.
    pub title: String,
    /// When this attempt started.
    pub started_at: DateTime<Utc>,
    /// How far it is, 0–1.
    pub progress: f64,
}

crate::row! {
    /// One member of the fleet, registered or enrolled.
    #[derive(Debug)]
    #[expect(missing_docs, reason = "the columns; migrations/0010_agents.sql says what they hold")]
    pub struct AgentRow in "agents" key (tenant: Uuid, id: String) {
        pub tenant: Uuid,
        pub id: String,
        pub kind: String,
        pub agent_type: String,
        pub name: String,
        pub category: String,
        pub layer: i32,
        pub capabilities: Vec<String>,
        pub ordinal: i32,
        pub registered: bool,
        pub public_key: Option<String>,
        pub revoked: bool,
        pub revoked_at: Option<DateTime<Utc>>,
        pub max_concurrent_tasks: i32,
        pub timeout_seconds: i32,
        pub retry_attempts: i32,
        pub enable_logging: bool,
        pub status: String,
        pub health: String,
        pub desired_state: String,
        pub request: Option<String>,
        pub requested_at: Option<DateTime<Utc>>,
        pub session_id: Option<String>,
        pub version: Option<String>,
        pub up_since: Option<DateTime<Utc>>,
        pub last_heartbeat: Option<DateTime<Utc>>,
        pub cpu_usage: Option<f64>,
        pub memory_usage: Option<f64>,
        pub said_task: Option<Uuid>,
        pub last_error: Option<String>,
        pub running: Vec<RunningTask>,
        pub tasks_completed: i64,
        pub tasks_failed: i64,
        pub seconds_completed: i64,
        pub created_at: DateTime<Utc>,
    }
}

impl AgentRow {
    /// The task that it is at: the one it named itself, else the one it took last.
    #[must_use]
    pub fn current_task(&self) -> Option<&RunningTask> {
        let named = self
            .running
            .iter()
            .find(|task| Some(task.task_id) == self.said_task);
        named.or_else(|| self.running.last())
    }

    /// Percent of its finished tasks that were completed; 0 without any.
    #[must_use]
    pub fn completion_rate(&self) -> f64 {
        ratio(
            self.tasks_completed,
            self.tasks_completed + self.tasks_failed,
        ) * 100.0
    }

    /// Seconds that a completed task took on average; 0 without any.
    #[must_use]
    pub fn average_task_seconds(&self) -> f64 {
        ratio(self.seconds_completed, self.tasks_completed)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts and seconds far below 2^52"
)]
fn ratio(part: i64, whole: i64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}
