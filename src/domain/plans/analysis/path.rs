//! The chain that decides how long the whole takes.

use std::cmp::Reverse;

use super::Graph;

/// The chain with the greatest sum of minutes, from a task that waits for nothing to one that
/// nothing waits for, and the sum. Of equal chains the one with the smaller ids, from its beginning
/// on.
pub(super) fn critical(graph: &Graph, order: &[usize]) -> (Vec<usize>, i64) {
    // The greatest sum from each task to an end.
    let mut rest = vec![0; order.len()];
    for &task in order.iter().rev() {
        let longest = graph.after(task).iter().map(|next| rest[*next]).max();
        rest[task] = graph.nodes()[task].minutes + longest.unwrap_or(0);
    }
    let best = |tasks: &[usize]| {
        let by = |task: &&usize| (Reverse(rest[**task]), graph.nodes()[**task].id.as_str());
        tasks.iter().min_by_key(by).copied()
    };
    let starts: Vec<usize> = order
        .iter()
        .copied()
        .filter(|task| graph.before(*task).is_empty())
        .collect();
    let mut at = best(&starts);
    let minutes = at.map_or(0, |task| rest[task]);
    let mut path = Vec::new();
    while let Some(task) = at {
        path.push(task);
        at = best(graph.after(task));
    }
    (path, minutes)
}
