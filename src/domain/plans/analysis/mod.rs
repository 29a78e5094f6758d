//! What follows from tasks and what they wait for: levels, circles, the critical path, a drawing.
//! Pure: the same for the body of a question, a plan and stored tasks.

mod cycles;
mod graph;
mod levels;
mod mermaid;
mod path;
#[cfg(test)]
mod tests;

pub use graph::{Graph, Node};

/// What is known of a graph of tasks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Analysis {
    /// Tasks that may run at the same time stand together; a task's level is the longest chain of
    /// dependencies under it. Empty when there are circles.
    pub levels: Vec<Vec<String>>,
    /// Circles: every task that is part of one is in at least one of these.
    pub cycles: Vec<Vec<String>>,
    /// The chain with the greatest sum of minutes; empty when there are circles.
    pub critical_path: Vec<String>,
    /// That sum.
    pub critical_path_minutes: i64,
    /// The sum over all tasks.
    pub sequential_minutes: i64,
    /// How much faster it goes when everything that may run at the same time does; one decimal.
    pub estimated_speedup: f64,
    /// The graph as a drawing.
    pub mermaid: String,
}

impl Analysis {
    /// Whether tasks wait for each other in a circle.
    #[must_use]
    pub fn has_cycles(&self) -> bool {
        !self.cycles.is_empty()
    }
}

impl Graph {
    /// All that follows from the graph.
    #[must_use]
    pub fn analyse(&self) -> Analysis {
        let sequential: i64 = self.nodes().iter().map(|node| node.minutes).sum();
        let order = self.order();
        let path = order.as_ref().map(|order| path::critical(self, order));
        let (path, minutes) = path.unwrap_or_default();
        Analysis {
            levels: order.map_or_else(Vec::new, |order| levels::levels(self, &order)),
            cycles: cycles::cycles(self),
            critical_path: self.ids(&path),
            critical_path_minutes: minutes,
            sequential_minutes: sequential,
            estimated_speedup: speedup(sequential, minutes),
            mermaid: mermaid::drawing(self),
        }
    }
}

/// One decimal; 1.0 when nothing takes any time.
fn speedup(sequential: i64, critical: i64) -> f64 {
    if critical == 0 {
        return 1.0;
    }
    // Tenths, rounded half up, are exact in whole numbers; minutes of one plan stay far below 2^53.
    let tenths = (sequential * 20 + critical) / (critical * 2);
    f64::from(i32::try_from(tenths).unwrap_or(i32::MAX)) / 10.0
}
