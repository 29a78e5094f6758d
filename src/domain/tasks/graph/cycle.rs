//! Whether a new edge would close a circle.

use std::collections::BTreeMap;

use pantheon_events::TaskId;

use super::TaskGraph;

/// The circle that the edge `task → on` would close: from `task` back to itself. A search over
/// the edges below `on`, at most all live ones.
pub(super) fn closed_by(graph: &TaskGraph, task: TaskId, on: TaskId) -> Option<Vec<TaskId>> {
    let mut came_from = BTreeMap::from([(on, task)]);
    let mut open = vec![on];
    while let Some(at) = open.pop() {
        if at == task {
            return Some(walk_back(&came_from, task));
        }
        for edge in graph.dependencies(at) {
            came_from.entry(edge.on).or_insert_with(|| {
                open.push(edge.on);
                at
            });
        }
    }
    None
}

fn walk_back(came_from: &BTreeMap<TaskId, TaskId>, task: TaskId) -> Vec<TaskId> {
    let mut path = vec![task];
    let mut at = task;
    while let Some(&before) = came_from.get(&at) {
        path.push(before);
        at = before;
        if at == task {
            break;
        }
    }
    path.reverse();
    path
}
