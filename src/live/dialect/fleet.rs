//! What dialects need of the read models.

use pantheon_events::{Position, TenantId};
use pantheon_projections::nodes::Figures;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::super::deps::Boxed;
use crate::auth::Principal;
use crate::http::Problem;

/// What the first frame shows: as much of it as its reader may see.
#[derive(Clone, Debug, Default)]
pub struct FleetState {
    /// The agents, as the catalogue orders them.
    pub agents: Vec<AgentEntry>,
    /// The open tasks, the most urgent first, at most 100.
    pub tasks: Vec<TaskEntry>,
    /// Products, orders and approvals.
    pub business: Business,
    /// Who is signed in.
    pub people: People,
    /// The position that agents and tasks reflect.
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

/// The part `business_state`: the newest 100 of each, as their queries show them.
#[derive(Clone, Debug, Default)]
pub struct Business {
    /// Products.
    pub products: Vec<Value>,
    /// Orders.
    pub orders: Vec<Value>,
    /// Approvals.
    pub approvals: Vec<Value>,
    /// Counts and amounts of all there are, not only of the newest.
    pub totals: Map<String, Value>,
}

/// The part `user_state`.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// Accounts with an open session.
    pub signed_in: Vec<Value>,
    /// The open sessions, the newest first.
    pub sessions: Vec<Value>,
}

/// What the installation is busy with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Load {
    /// Executions that run.
    pub active: i64,
    /// Executions that wait.
    pub queued: i64,
    /// Percent of the nodes' memory.
    pub memory_usage: f64,
}

/// The read models behind the dialects.
pub trait Fleet: Send + Sync {
    /// What somebody sees of the fleet and the business.
    fn state<'a>(&'a self, who: &'a Principal) -> Boxed<'a, Result<FleetState, Problem>>;

    /// What the installation is busy with; `None` when the read models do not answer.
    fn load(&self, _: TenantId) -> Boxed<'_, Option<Load>> {
        Box::pin(std::future::ready(None))
    }

    /// How the installation is once the sample at `at` counts; `None` when the read models do not
    /// answer.
    fn figures(&self, tenant: TenantId, at: Position) -> Boxed<'_, Option<Figures>>;
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

    /// The part `user_state`; empty for those who are not signed in.
    #[must_use]
    pub fn user_state(&self, anonymous: bool) -> Value {
        let nothing = People::default();
        let shown = if anonymous { &nothing } else { &self.people };
        json!({ "logged_in_users": shown.signed_in, "active_sessions": shown.sessions })
    }

    /// The part `business_state`; empty for those who are not signed in.
    #[must_use]
    pub fn business_state(&self, anonymous: bool) -> Value {
        let nothing = Business::default();
        let shown = if anonymous { &nothing } else { &self.business };
        json!({
            "products": shown.products,
            "orders": shown.orders,
            "ai_jobs": [],
            "payments": [],
            "approvals": shown.approvals,
            "totals": shown.totals,
        })
    }
}
