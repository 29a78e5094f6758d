//! What follows from a graph, on the outside.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::plans::analysis::{Analysis, Graph};

/// What follows from tasks and what they wait for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GraphAnalysis {
    /// Tasks that may run at the same time, the first ones first.
    levels: Vec<Vec<String>>,
    /// Whether tasks wait for each other; levels and path are empty then.
    has_cycles: bool,
    /// Which ones do.
    cycles: Vec<Vec<String>>,
    /// The chain that decides how long the whole takes.
    critical_path: Vec<String>,
    /// How long it takes.
    critical_path_minutes: i64,
    /// How long it takes one after the other.
    sequential_minutes: i64,
    /// The second by the first, one decimal.
    estimated_speedup: f64,
    /// The graph as text that can be drawn.
    mermaid: String,
}

impl From<&Graph> for GraphAnalysis {
    fn from(graph: &Graph) -> Self {
        let found: Analysis = graph.analyse();
        Self {
            has_cycles: found.has_cycles(),
            levels: found.levels,
            cycles: found.cycles,
            critical_path: found.critical_path,
            critical_path_minutes: found.critical_path_minutes,
            sequential_minutes: found.sequential_minutes,
            estimated_speedup: found.estimated_speedup,
            mermaid: found.mermaid,
        }
    }
}

impl GraphAnalysis {
    /// How long everything takes one after the other.
    pub(super) fn sequential_minutes(&self) -> i64 {
        self.sequential_minutes
    }
}
