//! Tasks that wait for each other in a circle.

use std::collections::VecDeque;

use super::Graph;

/// Circles, so that every task that is part of one is in at least one of them: of each task, in the
/// order they were given and unless an earlier circle has it, a shortest circle through it.
pub(super) fn cycles(graph: &Graph) -> Vec<Vec<String>> {
    let group = groups(graph);
    let mut covered = vec![false; group.len()];
    let mut found = Vec::new();
    for task in 0..group.len() {
        if covered[task] {
            continue;
        }
        if let Some(circle) = shortest(graph, &group, task) {
            circle.iter().for_each(|task| covered[*task] = true);
            found.push(graph.ids(&circle));
        }
    }
    found
}

/// The tasks of a shortest circle through a task, each followed by what it waits for. A circle never
/// leaves its group, so nothing else is looked at.
fn shortest(graph: &Graph, group: &[usize], start: usize) -> Option<Vec<usize>> {
    let mut came_from = vec![None; group.len()];
    let mut open = VecDeque::from([start]);
    while let Some(at) = open.pop_front() {
        for &on in graph.before(at) {
            if on == start {
                let mut circle = vec![at];
                while let Some(before) = came_from[circle[circle.len() - 1]] {
                    circle.push(before);
                }
                circle.reverse();
                return Some(circle);
            }
            if group[on] == group[start] && came_from[on].is_none() {
                came_from[on] = Some(at);
                open.push_back(on);
            }
        }
    }
    None
}

/// For each task the group of those that wait for it and that it waits for, however far (Kosaraju).
fn groups(graph: &Graph) -> Vec<usize> {
    let count = graph.nodes().len();
    let mut seen = vec![false; count];
    let mut ended = Vec::with_capacity(count);
    for start in 0..count {
        if std::mem::replace(&mut seen[start], true) {
            continue;
        }
        // A task, and how many of what it waits for were looked at.
        let mut open = vec![(start, 0)];
        while let Some((task, next)) = open.last_mut() {
            match graph.before(*task).get(*next) {
                Some(&on) => {
                    *next += 1;
                    if !std::mem::replace(&mut seen[on], true) {
                        open.push((on, 0));
                    }
                }
                None => {
                    ended.push(*task);
                    open.pop();
                }
            }
        }
    }
    let mut group = vec![usize::MAX; count];
    for &start in ended.iter().rev() {
        if group[start] != usize::MAX {
            continue;
        }
        group[start] = start;
        let mut open = vec![start];
        while let Some(task) = open.pop() {
            for &waiting in graph.after(task) {
                if group[waiting] == usize::MAX {
                    group[waiting] = start;
                    open.push(waiting);
                }
            }
        }
    }
    group
}
