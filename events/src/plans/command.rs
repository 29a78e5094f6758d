//! What can be asked of a plan.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::PlannedTask;
use crate::tasks::name_length;
use crate::{TaskId, WorkflowId, commands};

/// Makes a whole plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreatePlan {
    /// 1–255 characters after trimming.
    #[garde(custom(name_length))]
    pub name: String,
    /// At most 16 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(bytes, max = 16384))]
    pub description: Option<String>,
    /// The issue it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 1))]
    pub issue_number: Option<i64>,
    /// The repository it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub repository_id: Option<Uuid>,
    /// The workflow whose run it is (processes only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub workflow_id: Option<WorkflowId>,
    /// 1 to 1000 tasks.
    #[garde(length(min = 1, max = 1000), dive)]
    pub tasks: Vec<PlannedTask>,
}

/// The first of its tasks started.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct StartPlan {}

/// All of its tasks are completed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CompletePlan {}

/// It cannot be carried out any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct FailPlan {
    /// The task that is the reason, if one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub task_id: Option<TaskId>,
    /// Why.
    #[garde(length(bytes, max = 16384))]
    pub reason: String,
}

/// Gives a plan and its open tasks up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CancelPlan {
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(bytes, max = 16384))]
    pub reason: Option<String>,
}

commands! {
    /// The commands of one plan.
    pub enum PlanCommand for "plan" {
        CreatePlan = "create_plan" creates,
        StartPlan = "start_plan",
        CompletePlan = "complete_plan",
        FailPlan = "fail_plan",
        CancelPlan = "cancel_plan",
    }
}
