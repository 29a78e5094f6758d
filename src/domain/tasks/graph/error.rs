//! Why the graph's rules say no.

use pantheon_events::{FieldError, Refusal, TaskId};

use super::{PER_TASK, PER_TENANT};
use crate::domain::RuleError;

/// The refusals of a tenant's graph.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// A task would wait for itself.
    #[error("A task cannot wait for itself. Name another task in depends_on_task_id.")]
    SelfDependency,
    /// Tasks would wait for each other in a circle.
    #[error("The tasks would wait for each other: {}. Remove one of these dependencies first.", words(.path))]
    Cycle {
        /// From the task that would wait back to itself.
        path: Vec<TaskId>,
    },
    /// The edge is there.
    #[error("The task waits for that task already.")]
    AlreadyExists,
    /// No such edge, or not the caller's graph.
    #[error("There is no such dependency.")]
    NotFound,
    /// One task waits for too many.
    #[error(
        "A task can wait for at most {PER_TASK} others. Put a task in between that gathers some of them."
    )]
    TaskLimit,
    /// A tenant's tasks wait for too many.
    #[error(
        "At most {PER_TENANT} dependencies of open tasks are kept. Complete, cancel or delete tasks first."
    )]
    TenantLimit,
    /// Only Pantheon's own steps may do this.
    #[error("This is a step of Pantheon itself. Use add_dependency or remove_dependency.")]
    Internal,
}

fn words(path: &[TaskId]) -> String {
    let ids: Vec<String> = path.iter().map(TaskId::to_string).collect();
    ids.join(" → ")
}

impl RuleError for GraphError {
    fn refusal(&self) -> Refusal {
        let message = self.to_string();
        match self {
            Self::SelfDependency => Refusal::rule("self_dependency", message),
            Self::Cycle { path } => {
                Refusal::rule("dependency_cycle", message).with_errors(vec![FieldError {
                    field: "depends_on_task_id".to_owned(),
                    message: words(path),
                }])
            }
            Self::AlreadyExists => Refusal::already_exists(message),
            Self::NotFound => Refusal::not_found(),
            Self::TaskLimit | Self::TenantLimit => Refusal::rule("graph_limit", message),
            Self::Internal => Refusal::forbidden(message),
        }
    }
}
