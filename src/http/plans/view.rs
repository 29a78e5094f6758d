//! A plan and its tasks on the outside.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use pantheon_events::agents::catalogue_agent;
use pantheon_events::plans::PlanTask;
use pantheon_events::{Sequence, TenantId};
use pantheon_projections::engine::Fault;
use pantheon_projections::plans::PlanRow;
use pantheon_projections::tasks::{PlansTask, of_plans};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::analysis::GraphAnalysis;
use crate::app::App;
use crate::domain::plans::analysis::Graph;
use crate::http::Problem;

/// A plan: its tasks as nodes with their states, and what waits for what.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = TaskDAG)]
pub struct TaskDag {
    /// The plan.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// `pending`, `running`, `completed`, `failed` or `cancelled`.
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    issue_number: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repository_id: Option<Uuid>,
    /// The workflow whose run it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    workflow_id: Option<Uuid>,
    /// Why it failed or was given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// In the order they were given.
    nodes: Vec<DagNode>,
    /// From what is waited for to what waits.
    edges: Vec<DagEdge>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// The stream's sequence, for `If-Match`; in answers about one only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    sequence: Option<Sequence>,
}

/// A task in a graph.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DagNode {
    /// What the graph calls it.
    pub id: String,
    /// The task's own id.
    pub task_id: Uuid,
    pub name: String,
    /// `agent`, `action`, `review`, `deploy` or `coordinator`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The task's status.
    pub status: String,
    /// The kind of agent, by its long name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issue_number: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub output: Option<Value>,
}

/// A task waits for another.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DagEdge {
    pub id: String,
    /// What is waited for.
    pub source: String,
    /// What waits.
    pub target: String,
    /// What is waited for, where it is not the other one's end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// What the console draws for a kind of agent.
pub(super) fn node_type(agent_type: Option<&str>) -> &'static str {
    match agent_type {
        Some("coordinator") => "coordinator",
        Some("review") => "review",
        Some("deployment") => "deploy",
        Some(_) => "agent",
        None => "action",
    }
}

/// The long name of a kind of agent.
pub(super) fn long_name(agent_type: &str) -> String {
    catalogue_agent(agent_type).map_or_else(|| agent_type.to_owned(), |agent| agent.long_name())
}

/// From the start to the end, as far as both are known.
pub(super) fn milliseconds(
    started: Option<DateTime<Utc>>,
    ended: Option<DateTime<Utc>>,
) -> Option<i64> {
    let took = ended? - started?;
    Some(took.num_milliseconds().max(0))
}

/// Plans with the states of their tasks.
pub(super) async fn dags(
    app: &App,
    tenant: TenantId,
    rows: Vec<PlanRow>,
) -> Result<Vec<TaskDag>, Problem> {
    let plans: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let tasks = of_plans(&app.reads, tenant, &plans).await?;
    let tasks: HashMap<Uuid, PlansTask> = tasks.into_iter().map(|task| (task.id, task)).collect();
    let dags = rows.into_iter().map(|row| TaskDag::of(row, &tasks));
    let dags: Result<_, Fault> = dags.collect();
    dags.map_err(|fault| Problem::internal(&fault))
}

/// One plan with the states of its tasks.
pub(super) async fn dag(
    app: &App,
    tenant: TenantId,
    row: PlanRow,
    sequence: Sequence,
) -> Result<TaskDag, Problem> {
    let found = dags(app, tenant, vec![row]).await?.pop();
    let dag = found.ok_or_else(Problem::not_found)?;
    Ok(TaskDag {
        sequence: Some(sequence),
        ..dag
    })
}

/// A plan with what follows from it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AnalysedDag {
    #[serde(flatten)]
    dag: TaskDag,
    #[serde(flatten)]
    analysis: GraphAnalysis,
}

/// One plan with the states of its tasks and what follows from it.
pub(super) async fn analysed(
    app: &App,
    tenant: TenantId,
    row: PlanRow,
    sequence: Sequence,
) -> Result<AnalysedDag, Problem> {
    let planned = row.planned().map_err(|fault| Problem::internal(&fault))?;
    let analysis = GraphAnalysis::from(&Graph::of_plan(&planned));
    let dag = dag(app, tenant, row, sequence).await?;
    Ok(AnalysedDag { dag, analysis })
}

impl TaskDag {
    fn of(row: PlanRow, tasks: &HashMap<Uuid, PlansTask>) -> Result<Self, Fault> {
        let planned = row.planned()?;
        let known = planned
            .iter()
            .filter_map(|task| tasks.get(&task.task_id.as_uuid()));
        let updated_at = known.map(|task| task.updated_at).max();
        let node = |task: &PlanTask| {
            let id = task.task_id.as_uuid();
            DagNode::of(task, &row, tasks.get(&id))
        };
        Ok(Self {
            nodes: planned.iter().map(node).collect(),
            edges: planned.iter().flat_map(edges).collect(),
            id: row.id,
            name: row.name,
            description: row.description,
            status: row.status,
            issue_number: row.issue_number,
            repository_id: row.repository_id,
            workflow_id: row.workflow_id,
            error: row.error,
            created_at: row.created_at,
            updated_at: updated_at.map_or(row.updated_at, |at| at.max(row.updated_at)),
            sequence: None,
        })
    }
}

impl DagNode {
    /// A task that is not there waits to be made, or was removed.
    fn of(planned: &PlanTask, plan: &PlanRow, task: Option<&PlansTask>) -> Self {
        let absent = match plan.status.as_str() {
            "pending" | "running" => "pending",
            _ => "cancelled",
        };
        let started_at = task.and_then(|task| task.started_at);
        let completed_at = task.and_then(|task| task.ended_at);
        Self {
            id: planned.id.clone(),
            task_id: planned.task_id.as_uuid(),
            name: planned.name.clone(),
            kind: node_type(planned.agent_type.as_deref()),
            status: task.map_or(absent, |task| &task.status).to_owned(),
            agent: planned.agent_type.as_deref().map(long_name),
            issue_number: plan.issue_number,
            started_at,
            completed_at,
            duration_ms: milliseconds(started_at, completed_at),
            error: task.and_then(|task| task.error_message.clone()),
            output: task.and_then(|task| task.result.clone()),
        }
    }
}

fn edges(task: &PlanTask) -> impl Iterator<Item = DagEdge> + '_ {
    task.depends_on.iter().map(|on| DagEdge {
        id: format!("{on}->{}", task.id),
        source: on.clone(),
        target: task.id.clone(),
        label: None,
    })
}
