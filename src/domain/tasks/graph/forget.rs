//! The edges of a task that has ended for good no longer count.

use pantheon_events::tasks::{ForgetTask, TaskEdgesForgotten};

use super::{Decision, TaskGraph};

pub(super) fn forget(graph: &TaskGraph, command: &ForgetTask) -> Decision {
    let task = command.task_id;
    let something = match command.deleted {
        true => graph.knows(task),
        false => !graph.dependencies(task).is_empty(),
    };
    if !something {
        return Ok(vec![]);
    }
    let forgotten = TaskEdgesForgotten {
        task_id: task,
        deleted: command.deleted,
    };
    Ok(vec![forgotten.into()])
}
