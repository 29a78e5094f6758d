//! The words of plans.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::UserId;
use crate::tasks::{Priority, TaskType, name_length};

/// The most tasks of one plan.
pub const MAX_PLANNED: usize = 1_000;

/// Where a plan stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanStatus {
    /// None of its tasks has started.
    #[default]
    Pending,
    /// At least one of them has.
    Running,
    /// All of them are completed.
    Completed,
    /// One of them failed for good, or cannot be done any more.
    Failed,
    /// Given up.
    Cancelled,
}

impl PlanStatus {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether it goes on.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Running)
    }
}

/// People who have to agree before a task may start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PlanGate {
    /// All of them have to agree; 1 to 50.
    #[garde(length(min = 1, max = 50))]
    pub required_approvers: Vec<UserId>,
    /// How long they have, 60 to 2 592 000 seconds; a day when left out.
    #[serde(default = "day")]
    #[garde(range(min = 60, max = 2_592_000))]
    pub timeout_seconds: i64,
}

const fn day() -> i64 {
    86_400
}

/// A task of a plan, before it is made. Its id is the caller's own and counts inside the plan only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PlannedTask {
    /// What the other tasks of the plan call it, 1–100 characters.
    #[garde(length(chars, min = 1, max = 100))]
    pub id: String,
    /// 1–255 characters after trimming.
    #[garde(custom(name_length))]
    pub name: String,
    /// The kind of work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub task_type: Option<TaskType>,
    /// A catalogue id, `<id>-agent` or the long name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 64))]
    pub agent_type: Option<String>,
    /// `P2` when left out.
    #[serde(default)]
    #[garde(skip)]
    pub priority: Priority,
    /// 0–100 000 minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 0, max = 100_000))]
    pub estimated_minutes: Option<i32>,
    /// The ids of tasks of this plan that have to be completed before it starts; at most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[garde(length(max = 100))]
    pub depends_on: Vec<String>,
    /// Who has to agree before it starts (runs of workflows only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub gate: Option<PlanGate>,
}
