//! `GET /api/v1/system/metrics` and its alias.

use std::time::Duration;

use axum::extract::State;
use pantheon_events::TenantId;
use pantheon_projections::nodes::{NAME, NodeRow, live, totals};
use pantheon_projections::{agents, tasks};
use serde_json::{Value, json};

use crate::app::App;
use crate::http::{Answer, Caller, Problem, Query, ReadOptions, written};

/// A node that was not sampled for so many sampling intervals is not counted.
const MISSED: u32 = 3;
/// Which nodes are counted follows from the time.
const FRESH: Duration = Duration::from_millis(500);

/// How the installation's machines are, and what there is to do.
#[utoipa::path(get, path = "/api/v1/system/metrics", tag = "system",
    responses((status = 200, description = "Means over the live nodes, and counts", body = Object)))]
pub async fn metrics(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
) -> Result<Answer, Problem> {
    let mut stand = read.stand(&app.reads, NAME, caller.tenant).await?;
    if let Some(unchanged) = read.not_modified(stand.at) {
        return Ok(unchanged);
    }
    for counted in [agents::NAME, tasks::NAME] {
        stand = stand.and(read.stand(&app.reads, counted, caller.tenant).await?);
    }
    let asked = Query {
        tenant: caller.tenant,
        what: "system metrics".to_owned(),
        fresh: FRESH,
    };
    let made = app.rendered.answer(stand, asked, || async {
        written(&shown_to(&app, caller.tenant).await?)
    });
    made.await
}

async fn shown_to(app: &App, tenant: TenantId) -> Result<Value, Problem> {
    let since = app.clock.now() - app.config.system_sample * MISSED;
    let nodes = live(&app.reads, tenant, since).await?;
    let totals = totals(&app.reads, tenant).await?;
    Ok(json!({
        "cpu_usage": mean(&nodes, |node| node.cpu_usage),
        "memory_usage": mean(&nodes, |node| node.memory_usage),
        "disk_usage": mean(&nodes, |node| node.disk_usage),
        "active_agents": totals.active_agents,
        "total_tasks": totals.total_tasks,
        "completed_tasks": totals.completed_tasks,
        "uptime_seconds": nodes.iter().map(|node| node.uptime_seconds).max().unwrap_or(0),
        "nodes": nodes.iter().map(shown).collect::<Vec<_>>(),
    }))
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
