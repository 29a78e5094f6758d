//! Which tasks may run at the same time.

use super::Graph;

/// A task's level is the longest chain of dependencies under it; inside a level the more urgent
/// ones come first, then those that were given first.
pub(super) fn levels(graph: &Graph, order: &[usize]) -> Vec<Vec<String>> {
    let mut of = vec![0; order.len()];
    for &task in order {
        let under = graph.before(task).iter().map(|on| of[*on] + 1);
        of[task] = under.max().unwrap_or(0);
    }
    let mut places: Vec<usize> = (0..order.len()).collect();
    places.sort_by_key(|task| (of[*task], graph.nodes()[*task].priority, *task));
    let mut levels: Vec<Vec<String>> = Vec::new();
    for task in places {
        if levels.len() == of[task] {
            levels.push(Vec::new());
        }
        levels[of[task]].push(graph.nodes()[task].id.clone());
    }
    levels
}
