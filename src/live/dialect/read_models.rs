//! The fleet as the read models know it.

use std::time::Duration;

use pantheon_events::{Position, TenantId};
use pantheon_projections::agents::{self, AgentFilter, AgentRow};
use pantheon_projections::nodes;
use pantheon_projections::tasks::{self, TaskFilter, TaskRow};
use pantheon_projections::{QueryError, Reads};
use serde_json::json;

use super::super::deps::Boxed;
use super::fleet::{AgentEntry, Fleet, FleetCounts, FleetState, TaskEntry};
use crate::http::Problem;

/// Most agents and most tasks in the first frame.
const MOST: i64 = 100;
/// How long the slower read model may take to reach the faster one.
const WAIT: Duration = Duration::from_secs(2);

/// The read models `agents` and `tasks`.
#[derive(Clone, Debug)]
pub struct ReadModels(pub Reads);

impl Fleet for ReadModels {
    fn state(&self, tenant: TenantId) -> Boxed<'_, Result<FleetState, Problem>> {
        Box::pin(async move { Ok(self.fleet(tenant).await?) })
    }

    fn counts(&self, tenant: TenantId) -> Boxed<'_, Option<FleetCounts>> {
        Box::pin(async move {
            let totals = nodes::totals(&self.0, tenant).await.ok()?;
            Some(FleetCounts {
                active_agents: totals.active_agents,
                total_tasks: totals.total_tasks,
                completed_tasks: totals.completed_tasks,
            })
        })
    }
}

impl ReadModels {
    /// Both read models stand at `position` or after it. What is after it comes as a frame again,
    /// and says the same.
    async fn fleet(&self, tenant: TenantId) -> Result<FleetState, QueryError> {
        let position = self.common_position().await?;
        let agents = agents::list(&self.0, tenant, AgentFilter::default(), MOST).await?;
        let mut open = Vec::new();
        for status in ["running", "pending"] {
            let filter = TaskFilter {
                status: Some(status),
                ..TaskFilter::default()
            };
            open.extend(
                tasks::page(&self.0, tenant, &filter, None, MOST)
                    .await?
                    .items,
            );
        }
        open.sort_by(|a, b| (&a.priority, b.created_at).cmp(&(&b.priority, a.created_at)));
        open.truncate(MOST as usize);
        Ok(FleetState {
            agents: agents.into_iter().map(agent).collect(),
            tasks: open.into_iter().map(task).collect(),
            position,
        })
    }

    async fn common_position(&self) -> Result<Position, QueryError> {
        let agents = self.0.position(agents::NAME).await?;
        let tasks = self.0.position(tasks::NAME).await?;
        let furthest = agents.max(tasks);
        self.0.wait_for(agents::NAME, furthest, WAIT).await?;
        self.0.wait_for(tasks::NAME, furthest, WAIT).await?;
        Ok(furthest)
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
