//! How the installation is, in seven figures.

use chrono::{DateTime, Utc};
use pantheon_events::TenantId;

use super::{NodeRow, live, totals};
use crate::query::{QueryError, Reads};

/// The figures, with the nodes that they are of.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Percent, the mean over the live nodes.
    pub cpu_usage: f64,
    /// Percent, the mean over the live nodes.
    pub memory_usage: f64,
    /// Percent, the mean over the live nodes.
    pub disk_usage: f64,
    /// Agents that are active.
    pub active_agents: i64,
    /// Tasks that were not deleted.
    pub total_tasks: i64,
    /// Of these, completed ones.
    pub completed_tasks: i64,
    /// Of the node that runs longest.
    pub uptime_seconds: i64,
    /// The nodes that were sampled lately, oldest first.
    pub nodes: Vec<NodeRow>,
}

/// The figures of a tenant; nodes count that were sampled since `since`.
///
/// # Errors
/// Postgres did not answer.
pub async fn figures(
    reads: &Reads,
    tenant: TenantId,
    since: DateTime<Utc>,
) -> Result<Figures, QueryError> {
    let nodes = live(reads, tenant, since).await?;
    let totals = totals(reads, tenant).await?;
    Ok(Figures {
        cpu_usage: mean(&nodes, |node| node.cpu_usage),
        memory_usage: mean(&nodes, |node| node.memory_usage),
        disk_usage: mean(&nodes, |node| node.disk_usage),
        active_agents: totals.active_agents,
        total_tasks: totals.total_tasks,
        completed_tasks: totals.completed_tasks,
        uptime_seconds: nodes
            .iter()
            .map(|node| node.uptime_seconds)
            .max()
            .unwrap_or(0),
        nodes,
    })
}

#[expect(clippy::cast_precision_loss, reason = "there are never so many nodes")]
fn mean(nodes: &[NodeRow], of: impl Fn(&NodeRow) -> Option<f64>) -> f64 {
    let values: Vec<f64> = nodes.iter().filter_map(of).collect();
    if values.is_empty() {
        return 0.0;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (mean * 10.0).round() / 10.0
}
