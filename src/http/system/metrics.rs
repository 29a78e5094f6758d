//! `GET /api/v1/system/metrics` and its alias.

use std::time::Duration;

use axum::extract::State;
use pantheon_events::TenantId;
use pantheon_projections::nodes::{NAME, NodeRow, figures};
use pantheon_projections::{agents, tasks};
use serde_json::{Value, json};

use crate::app::App;
use crate::http::{Answer, Caller, Problem, Query, ReadOptions, written};

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
    // The counts come from two more read models: the answer reflects what all three have.
    let mut stand = read.stand(&app.reads, NAME, caller.tenant).await?;
    for counted in [agents::NAME, tasks::NAME] {
        stand = stand.and(read.stand(&app.reads, counted, caller.tenant).await?);
    }
    if let Some(unchanged) = read.not_modified(stand) {
        return Ok(unchanged);
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
    let since = app.clock.now() - app.config.node_counts_for();
    let figures = figures(&app.reads, tenant, since).await?;
    Ok(json!({
        "cpu_usage": figures.cpu_usage,
        "memory_usage": figures.memory_usage,
        "disk_usage": figures.disk_usage,
        "active_agents": figures.active_agents,
        "total_tasks": figures.total_tasks,
        "completed_tasks": figures.completed_tasks,
        "uptime_seconds": figures.uptime_seconds,
        "nodes": figures.nodes.iter().map(shown).collect::<Vec<_>>(),
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
        "parts": node.parts,
    })
}
