//! What dialects need of the read models.

use pantheon_events::{Position, TenantId};
use serde::Serialize;
use serde_json::{Value, json};

use super::super::deps::Boxed;
use crate::http::Problem;

/// The fleet as the first frame shows it.
#[derive(Clone, Debug, Default)]
pub struct FleetState {
    /// The agents, as the catalogue orders them.
    pub agents: Vec<AgentEntry>,
    /// The open tasks, the most urgent first, at most 100.
    pub tasks: Vec<TaskEntry>,
    /// The position that both reflect.
    pub position: Position,
}

/// One agent.
#[derive(Clone, Debug, Serialize)]
pub struct AgentEntry {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `active`, `idle`, `error` or `offline`.
    pub status: String,
    /// What it works on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_task: Option<Value>,
}

/// One open task.
#[derive(Clone, Debug, Serialize)]
pub struct TaskEntry {
    /// Its id.
    pub id: String,
    /// Its name.
    pub description: String,
    /// Who holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assigned_agent: Option<String>,
    /// `P0`, `P1` or `P2`.
    pub priority: String,
}

/// The figures of the fleet that stand beside a sample of the machine.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct FleetCounts {
    /// Agents that are active.
    pub active_agents: i64,
    /// Tasks that were not deleted.
    pub total_tasks: i64,
    /// Those that are completed.
    pub completed_tasks: i64,
}

/// The read models behind the dialects.
pub trait Fleet: Send + Sync {
    /// The tenant's agents and open tasks, at one position.
    fn state(&self, tenant: TenantId) -> Boxed<'_, Result<FleetState, Problem>>;

    /// How many there are; `None` when the read models do not answer.
    fn counts(&self, tenant: TenantId) -> Boxed<'_, Option<FleetCounts>>;
}

impl FleetState {
    /// The part `agent_state` of the composite state; without names for those who are not
    /// signed in.
    #[must_use]
    pub fn agent_state(&self, anonymous: bool) -> Value {
        let mut agents = self.agents.clone();
        let mut tasks = self.tasks.clone();
        if anonymous {
            for agent in &mut agents {
                "Agent".clone_into(&mut agent.name);
                agent.current_task = None;
            }
            tasks
                .iter_mut()
                .for_each(|task| "Task".clone_into(&mut task.description));
        }
        json!({
            "active_agents": agents,
            "task_queue": tasks,
            "github_state": { "open_issues": 0, "open_prs": 0, "recent_commits": [] },
        })
    }
}
