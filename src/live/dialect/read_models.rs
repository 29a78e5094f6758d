//! The fleet and the business as the read models know them.

use std::time::Duration;

use pantheon_events::{Position, TenantId};
use pantheon_projections::agent_executions;
use pantheon_projections::agents::{self, AgentFilter, AgentRow};
use pantheon_projections::nodes::{self, Figures};
use pantheon_projections::tasks::{self, TaskFilter, TaskRow};
use pantheon_projections::{QueryError, Reads};
use serde_json::json;

use super::super::deps::Boxed;
use super::business::business;
use super::fleet::{AgentEntry, Fleet, FleetState, Load, TaskEntry};
use super::people::people;
use crate::auth::{Principal, may, permission};
use crate::clock::Clock;
use crate::http::Problem;
use crate::secrets::Personal;

/// Most of each list in the first frame.
pub(super) const MOST: i64 = 100;
/// How long the slower read model may take to reach the faster one.
pub(super) const WAIT: Duration = Duration::from_secs(2);

/// The read models of a node.
#[derive(Clone, Debug)]
pub struct ReadModels {
    /// The read models.
    pub reads: Reads,
    /// What is said about people.
    pub personal: Personal,
    /// The node's clock.
    pub clock: Clock,
    /// How long a node counts after it was sampled.
    pub node_counts_for: Duration,
}

impl Fleet for ReadModels {
    fn state<'a>(&'a self, who: &'a Principal) -> Boxed<'a, Result<FleetState, Problem>> {
        Box::pin(async move {
            let position = self.common_position().await?;
            Ok(FleetState {
                agents: self.agents(who).await?,
                tasks: self.tasks(who).await?,
                business: business(&self.reads, who, position).await?,
                people: people(
                    &self.reads,
                    &self.personal,
                    who,
                    (position, self.clock.now()),
                )
                .await?,
                position,
            })
        })
    }

    fn load(&self, tenant: TenantId) -> Boxed<'_, Option<Load>> {
        Box::pin(async move {
            let since = self.clock.now() - self.node_counts_for;
            let figures = nodes::figures(&self.reads, tenant, since).await.ok()?;
            let executions = agent_executions::counts(&self.reads, tenant).await.ok()?;
            Some(Load {
                active: executions.running,
                queued: executions.pending,
                memory_usage: figures.memory_usage,
            })
        })
    }

    fn figures(&self, tenant: TenantId, at: Position) -> Boxed<'_, Option<Figures>> {
        Box::pin(async move {
            // Late figures are those of a moment ago; the next sample is not far.
            let _ = self.reads.wait_for(nodes::NAME, at, WAIT).await;
            let since = self.clock.now() - self.node_counts_for;
            nodes::figures(&self.reads, tenant, since).await.ok()
        })
    }
}

impl ReadModels {
    /// Agents and tasks stand at this position or after it. What is after it comes as a frame
    /// again, and says the same.
    async fn common_position(&self) -> Result<Position, QueryError> {
        let agents = self.reads.position(agents::NAME).await?;
        let tasks = self.reads.position(tasks::NAME).await?;
        let furthest = agents.max(tasks);
        self.reads.wait_for(agents::NAME, furthest, WAIT).await?;
        self.reads.wait_for(tasks::NAME, furthest, WAIT).await?;
        Ok(furthest)
    }

    async fn agents(&self, who: &Principal) -> Result<Vec<AgentEntry>, QueryError> {
        if may(Some(who), permission("agents.read"), None).is_err() {
            return Ok(Vec::new());
        }
        let filter = AgentFilter::default();
        let (first, _) = agents::list(&self.reads, who.tenant, filter, None, MOST).await?;
        Ok(first.into_iter().map(agent).collect())
    }

    async fn tasks(&self, who: &Principal) -> Result<Vec<TaskEntry>, QueryError> {
        if may(Some(who), permission("tasks.read"), None).is_err() {
            return Ok(Vec::new());
        }
        let mut open = Vec::new();
        for status in ["running", "pending"] {
            let filter = TaskFilter {
                status: Some(status),
                ..TaskFilter::default()
            };
            let page = tasks::page(&self.reads, who.tenant, &filter, None, MOST);
            open.extend(page.await?.items);
        }
        open.sort_by(|a, b| (&a.priority, b.created_at).cmp(&(&b.priority, a.created_at)));
        open.truncate(MOST as usize);
        Ok(open.into_iter().map(task).collect())
    }
}

fn agent(row: AgentRow) -> AgentEntry {
    let current_task = row.current_task().map(|task| {
        json!({
            "task_id": task.task_id,
            "title": task.title,
            "started_at": task.started_at,
            "progress": task.progress,
        })
    });
    AgentEntry {
        current_task,
        id: row.id,
        name: row.name,
        status: row.status,
    }
}

fn task(row: TaskRow) -> TaskEntry {
    TaskEntry {
        id: row.id.to_string(),
        description: row.name,
        assigned_agent: row.assigned_to,
        priority: row.priority,
    }
}
