//! What happened to a plan.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{PlanGate, PlannedTask};
use crate::tasks::{Priority, TaskType};
use crate::{TaskId, WorkflowId, events};

/// A task that the plan is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanTask {
    /// What the other tasks of the plan call it.
    pub id: String,
    /// The task's own id.
    pub task_id: TaskId,
    /// Its name, trimmed.
    pub name: String,
    /// The kind of work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_type: Option<TaskType>,
    /// A catalogue id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_type: Option<String>,
    /// How urgent.
    pub priority: Priority,
    /// Minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_minutes: Option<i32>,
    /// What it waits for, by the ids inside the plan.
    #[serde(default)]
    pub depends_on: Vec<String>,
    /// Who has to agree before it starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<PlanGate>,
}

impl From<&PlanTask> for PlannedTask {
    fn from(task: &PlanTask) -> Self {
        Self {
            id: task.id.clone(),
            name: task.name.clone(),
            task_type: task.task_type,
            agent_type: task.agent_type.clone(),
            priority: task.priority,
            estimated_minutes: task.estimated_minutes,
            depends_on: task.depends_on.clone(),
            gate: task.gate.clone(),
        }
    }
}

/// A plan was made; its tasks follow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanCreated {
    /// Its name, trimmed.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The issue it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue_number: Option<i64>,
    /// The repository it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository_id: Option<Uuid>,
    /// The workflow whose run it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_id: Option<WorkflowId>,
    /// Its tasks, in the order they were given.
    pub tasks: Vec<PlanTask>,
    /// Who made it: a user's id, else the actor's.
    pub created_by: String,
}

/// The first of its tasks started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanStarted {
    /// The plan's name.
    pub name: String,
    /// The workflow whose run it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_id: Option<WorkflowId>,
    /// When, by the node's clock.
    pub at: DateTime<Utc>,
}

/// All of its tasks are completed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanCompleted {
    /// The plan's name.
    pub name: String,
    /// The workflow whose run it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_id: Option<WorkflowId>,
    /// When, by the node's clock.
    pub at: DateTime<Utc>,
}

/// It cannot be carried out any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanFailed {
    /// The plan's name.
    pub name: String,
    /// The workflow whose run it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_id: Option<WorkflowId>,
    /// The task that is the reason, if one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_id: Option<TaskId>,
    /// Why.
    pub reason: String,
    /// When, by the node's clock.
    pub at: DateTime<Utc>,
}

/// It was given up; its open tasks are cancelled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanCancelled {
    /// The plan's name.
    pub name: String,
    /// The workflow whose run it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_id: Option<WorkflowId>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When, by the node's clock.
    pub at: DateTime<Utc>,
}

events! {
    /// The events of one plan.
    pub enum PlanEvent for "plan" {
        PlanCreated = "plan_created" @ "1",
        PlanStarted = "plan_started" @ "1",
        PlanCompleted = "plan_completed" @ "1",
        PlanFailed = "plan_failed" @ "1",
        PlanCancelled = "plan_cancelled" @ "1",
    }
}
