//! What a node says of itself. Nobody else may.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::commands;

/// The node has started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct StartNode {
    /// The program's version.
    #[garde(length(chars, min = 1, max = 100))]
    pub version: String,
    /// The parts that it runs: `api`, `projector`, `relay`, `live`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[garde(length(max = 16), inner(length(chars, min = 1, max = 32)))]
    pub parts: Vec<String>,
}

/// The node looked at its machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SampleSystemMetrics {
    /// Percent of all processors.
    #[garde(range(min = 0.0, max = 100.0))]
    pub cpu_usage: f64,
    /// Percent of the memory.
    #[garde(range(min = 0.0, max = 100.0))]
    pub memory_usage: f64,
    /// Percent of the disk that holds the data directory.
    #[garde(range(min = 0.0, max = 100.0))]
    pub disk_usage: f64,
    /// Seconds since the node started.
    #[garde(range(min = 0))]
    pub uptime_seconds: i64,
}

/// The node stops.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct StopNode {}

commands! {
    /// The commands of one node.
    pub enum NodeCommand for "node" {
        StartNode = "start_node" creates,
        SampleSystemMetrics = "sample_system_metrics",
        StopNode = "stop_node",
    }
}
