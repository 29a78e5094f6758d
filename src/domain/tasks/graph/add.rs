//! A task waits for another: not for itself, not twice, not in a circle, not without bounds.

use pantheon_events::tasks::{
    AddDependencies, AddDependency, DependencyType, TaskDependencyAdded, TaskGraphEvent,
};
use pantheon_events::{CommandContext, TaskId};

use super::{Decision, GraphError, PER_TASK, PER_TENANT, TaskGraph, cycle};
use crate::domain::Asked;

pub(super) fn one(graph: &TaskGraph, asked: &Asked<&AddDependency>) -> Decision {
    let command = asked.command;
    let (task, on) = (command.task_id, command.depends_on_task_id);
    check(graph, task, on, 0)?;
    if let Some(path) = cycle::closed_by(graph, task, on) {
        return Err(GraphError::Cycle { path });
    }
    Ok(vec![added(&asked.by, task, on, command.dependency_type)])
}

/// The dependencies of a task that is being made. Nobody waits for it yet, so no circle can close;
/// what it names twice counts once, and what an interrupted first try has added stays.
pub(super) fn first(graph: &TaskGraph, asked: &Asked<&AddDependencies>) -> Decision {
    let task = asked.command.task_id;
    let mut events: Vec<TaskGraphEvent> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for &on in &asked.command.depends_on {
        match check(graph, task, on, events.len()) {
            Err(GraphError::AlreadyExists) => {}
            Err(error) => return Err(error),
            Ok(()) if seen.insert(on) => {
                events.push(added(&asked.by, task, on, DependencyType::FinishToStart));
            }
            Ok(()) => {}
        }
    }
    Ok(events)
}

fn check(graph: &TaskGraph, task: TaskId, on: TaskId, more: usize) -> Result<(), GraphError> {
    if task == on {
        return Err(GraphError::SelfDependency);
    }
    let present = graph.dependencies(task);
    if present.iter().any(|edge| edge.on == on) {
        return Err(GraphError::AlreadyExists);
    }
    if present.len() + more >= PER_TASK {
        return Err(GraphError::TaskLimit);
    }
    if graph.live() + more >= PER_TENANT {
        return Err(GraphError::TenantLimit);
    }
    Ok(())
}

fn added(by: &CommandContext, task: TaskId, on: TaskId, kind: DependencyType) -> TaskGraphEvent {
    TaskDependencyAdded {
        dependency_id: TaskDependencyAdded::id_for(by.command_id, task, on),
        task_id: task,
        depends_on_task_id: on,
        dependency_type: kind,
    }
    .into()
}
