//! `GET /api/v1/tasks/graph`

use std::collections::HashMap;

use axum::extract::State;
use pantheon_events::tasks::{DependencyType, Priority};
use pantheon_projections::task_graph::{self, DependencyRow, between};
use pantheon_projections::tasks::{self, TaskRow};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::analysis::GraphAnalysis;
use super::view::{DagEdge, DagNode, long_name, milliseconds, node_type};
use crate::app::App;
use crate::domain::plans::analysis::{Graph, Node};
use crate::http::tasks::TaskQuery;
use crate::http::{Answer, ApiQuery, Caller, Problem, ReadOptions};

const MOST: i64 = 1_000;

/// Stored tasks as a graph.
#[derive(Debug, Serialize, ToSchema)]
pub struct StoredGraph {
    /// At most 1000: P0, P1, P2, then newest.
    nodes: Vec<DagNode>,
    /// The dependencies between these.
    edges: Vec<DagEdge>,
    /// How many tasks the filters leave.
    total: i64,
    #[serde(flatten)]
    analysis: GraphAnalysis,
}

/// The tasks that the list's filters leave, with the dependencies between them and what follows.
#[utoipa::path(
    get, path = "/api/v1/tasks/graph", tag = "plans", params(TaskQuery),
    responses((status = 200, description = "the graph", body = StoredGraph)),
)]
pub async fn graph(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiQuery(query): ApiQuery<TaskQuery>,
) -> Result<Answer, Problem> {
    let filter = query.filter(&caller)?;
    query.check_place()?;
    let known = read.stand(&app.reads, tasks::NAME, caller.tenant).await?;
    let edges = read.stand(&app.reads, task_graph::NAME, caller.tenant);
    let stand = edges.await?.and(known);
    if let Some(unchanged) = read.not_modified(stand) {
        return Ok(unchanged);
    }
    let (reads, tenant) = (&app.reads, caller.tenant);
    let rows = tasks::page(reads, tenant, &filter, None, MOST).await?.items;
    let total = tasks::total(reads, tenant, &filter).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let edges = between(reads, tenant, &ids).await?;
    let graph = StoredGraph {
        analysis: GraphAnalysis::from(&stored(&rows, &edges)),
        edges: edges.iter().map(edge).collect(),
        nodes: rows.into_iter().map(node).collect(),
        total,
    };
    Answer::found(&read, stand, graph)
}

fn stored(rows: &[TaskRow], edges: &[DependencyRow]) -> Graph {
    let places: HashMap<Uuid, usize> = rows.iter().enumerate().map(|(n, r)| (r.id, n)).collect();
    let place = |id: &Uuid| places.get(id).copied();
    let edges = edges.iter();
    let edges = edges.filter_map(|e| place(&e.task_id).zip(place(&e.depends_on_task_id)));
    let nodes = rows.iter().map(|row| Node {
        id: row.id.to_string(),
        name: row.name.clone(),
        priority: priority(&row.priority),
        minutes: row.estimated_minutes.unwrap_or_default().into(),
    });
    Graph::new(nodes.collect(), edges)
}

fn priority(word: &str) -> Priority {
    let all = [Priority::P0, Priority::P1, Priority::P2];
    let known = all.into_iter().find(|priority| priority.as_str() == word);
    known.unwrap_or_default()
}

fn node(row: TaskRow) -> DagNode {
    let ended = row.completed_at.or(row.failed_at).or(row.cancelled_at);
    DagNode {
        id: row.id.to_string(),
        task_id: row.id,
        name: row.name,
        kind: node_type(row.agent_type.as_deref()),
        status: row.status,
        agent: row.agent_type.as_deref().map(long_name),
        issue_number: row.issue_number,
        started_at: row.started_at,
        completed_at: ended,
        duration_ms: milliseconds(row.started_at, ended),
        error: row.error_message,
        output: row.result,
    }
}

fn edge(row: &DependencyRow) -> DagEdge {
    let usual = DependencyType::FinishToStart.as_str();
    DagEdge {
        id: row.id.to_string(),
        source: row.depends_on_task_id.to_string(),
        target: row.task_id.to_string(),
        label: (row.dependency_type != usual).then(|| row.dependency_type.clone()),
    }
}
