//! What happened to a node.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::events;

/// A node started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NodeStarted {
    /// The program's version.
    pub version: String,
    /// The parts that it runs. Events of the first builds do not say it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<String>,
}

/// How a node's machine is. Percent, 0 to 100.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SystemMetricsSampled {
    /// Of all processors.
    pub cpu_usage: f64,
    /// Of the memory.
    pub memory_usage: f64,
    /// Of the disk that holds the data directory.
    pub disk_usage: f64,
    /// Seconds since the node started.
    pub uptime_seconds: i64,
}

/// A node stopped.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NodeStopped {}

events! {
    /// The events of one node.
    pub enum NodeEvent for "node" {
        NodeStarted = "node_started" @ "1",
        SystemMetricsSampled = "system_metrics_sampled" @ "1",
        NodeStopped = "node_stopped" @ "1",
    }
}
