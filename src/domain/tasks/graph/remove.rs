//! A task waits for another no more.

use pantheon_events::tasks::{RemoveDependency, TaskDependencyRemoved};

use super::{Decision, GraphError, TaskGraph};

pub(super) fn remove(graph: &TaskGraph, command: &RemoveDependency) -> Decision {
    let named = command.dependency;
    let edges = graph.dependencies(command.task_id);
    let edge = edges
        .iter()
        .find(|edge| edge.id.as_uuid() == named || edge.on.as_uuid() == named)
        .ok_or(GraphError::NotFound)?;
    let removed = TaskDependencyRemoved {
        dependency_id: edge.id,
        task_id: command.task_id,
        depends_on_task_id: edge.on,
    };
    Ok(vec![removed.into()])
}
