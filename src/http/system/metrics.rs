//! `GET /api/v1/system/metrics` and its alias.

use axum::extract::State;
use pantheon_projections::nodes::{NAME, NodeRow, live, totals};
use serde_json::{Value, json};

use crate::app::App;
use crate::http::{Answer, Caller, Problem, ReadOptions};

/// A node that was not sampled for so many sampling intervals is not counted.
const MISSED: u32 = 3;

/// How the installation's machines are, and what there is to do.
#[utoipa::path(get, path = "/api/v1/system/metrics", tag = "system",
    responses((status = 200, description = "Means over the live nodes, and counts", body = Object)))]
pub async fn metrics(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
) -> Result<Answer, Problem> {
    let position = app.reads.at(NAME, read.min_position, read.wait).await?;
    if let Some(unchanged) = read.not_modified(position) {
        return Ok(unchanged);
    }
    let since = app.clock.now() - app.config.system_sample * MISSED;
    let nodes = live(&app.reads, caller.tenant, since).await?;
    let totals = totals(&app.reads, caller.tenant).await?;
    let body = json!({
        "cpu_usage": mean(&nodes, |node| node.cpu_usage),
        "memory_usage": mean(&nodes, |node| node.memory_usage),
        "disk_usage": mean(&nodes, |node| node.disk_usage),
        "active_agents": totals.active_agents,
        "total_tasks": totals.total_tasks,
        "completed_tasks": totals.completed_tasks,
        "uptime_seconds": nodes.iter().map(|node| node.uptime_seconds).max().unwrap_or(0),
        "nodes": nodes.iter().map(shown).collect::<Vec<_>>(),
    });
    Answer::found(&read, position, body)
}

/// The same under the name that older clients use.
#[utoipa::path(get, path = "/api/v1/metrics", tag = "system",
    responses((status = 200, description = "As /system/metrics", body = Object)))]
pub async fn alias(app: State<App>, caller: Caller, read: ReadOptions) -> Result<Answer, Problem> {
    metrics(app, caller, read).await
}

fn shown(node: &NodeRow) -> Value {
    json!({
        "id": node.id,
        "version": node.version,
        "started_at": node.started_at,
        "sampled_at": node.sampled_at,
        "cpu_usage": node.cpu_usage,
        "memory_usage": node.memory_usage,
        "disk_usage": node.disk_usage,
        "uptime_seconds": node.uptime_seconds,
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
