//! Which task waits for which: one stream per tenant, so that no two requests at once can close a
//! cycle.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::DependencyType;
use crate::{CommandId, DependencyId, TaskId, commands, events};

/// Makes a task wait for another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AddDependency {
    /// The task that waits.
    #[garde(skip)]
    pub task_id: TaskId,
    /// The task it waits for.
    #[garde(skip)]
    pub depends_on_task_id: TaskId,
    /// What it waits for; `finish_to_start` when left out.
    #[serde(default)]
    #[garde(skip)]
    pub dependency_type: DependencyType,
}

/// Makes a task wait for others from its beginning on: a step of `create_task`, before the task is
/// there. All of the edges are added, or none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AddDependencies {
    /// The task that waits.
    #[garde(skip)]
    pub task_id: TaskId,
    /// The tasks it waits for (`finish_to_start`); at most 100.
    #[garde(length(min = 1, max = 100))]
    pub depends_on: Vec<TaskId>,
}

/// Makes a task wait no more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RemoveDependency {
    /// The task that waits.
    #[garde(skip)]
    pub task_id: TaskId,
    /// The dependency's id, or the id of the task it waits for.
    #[garde(skip)]
    pub dependency: Uuid,
}

/// Forgets the edges of a task that has ended or was deleted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ForgetTask {
    /// The task.
    #[garde(skip)]
    pub task_id: TaskId,
    /// Whether edges to it go too (it was deleted).
    #[garde(skip)]
    pub deleted: bool,
}

commands! {
    /// The commands of a tenant's graph.
    pub enum TaskGraphCommand for "task_graph" {
        AddDependency = "add_dependency" creates,
        AddDependencies = "add_dependencies" creates,
        RemoveDependency = "remove_dependency",
        ForgetTask = "forget_task",
    }
}

/// A task waits for another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskDependencyAdded {
    /// The edge.
    pub dependency_id: DependencyId,
    /// The task that waits.
    pub task_id: TaskId,
    /// The task it waits for.
    pub depends_on_task_id: TaskId,
    /// What it waits for.
    pub dependency_type: DependencyType,
}

impl TaskDependencyAdded {
    /// The id of the edge that a command makes: the same command makes the same edge, and the pair
    /// tells the edges of one command apart.
    #[must_use]
    pub fn id_for(command: CommandId, task: TaskId, on: TaskId) -> DependencyId {
        DependencyId::new(command.created(&format!("{task}/{on}")))
    }
}

/// A task waits for another no more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskDependencyRemoved {
    /// The edge.
    pub dependency_id: DependencyId,
    /// The task that waited.
    pub task_id: TaskId,
    /// The task it waited for.
    pub depends_on_task_id: TaskId,
}

/// The edges of a task no longer matter to the graph: it has ended, or it was deleted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskEdgesForgotten {
    /// The task.
    pub task_id: TaskId,
    /// Whether the task was deleted; its edges are then removed from view as well.
    pub deleted: bool,
}

events! {
    /// The events of a tenant's graph.
    pub enum TaskGraphEvent for "task_graph" {
        TaskDependencyAdded = "task_dependency_added" @ "1",
        TaskDependencyRemoved = "task_dependency_removed" @ "1",
        TaskEdgesForgotten = "task_edges_forgotten" @ "1",
    }
}
