//! What may be asked.

/// The read models that may be asked: those that have a tenant. One that this database does not have
/// is passed over.
pub const VIEWS: &[&str] = &[
    "activity",
    "activity_days",
    "agent_execution_logs",
    "agent_executions",
    "agents",
    "approval_policies",
    "approvals",
    "coordinators",
    "database_exports",
    "deployments",
    "infrastructure",
    "issues",
    "logs",
    "nodes",
    "orders",
    "plans",
    "products",
    "repositories",
    "system_alerts",
    "task_dependencies",
    "tasks",
    "timeline",
    "workers",
    "workflows",
    "worktrees",
];

/// Columns that no question shows: the tenant, which is always the asking one, and keys.
pub(super) const HIDDEN: &[&str] = &["agents.public_key", "logs.number"];

/// Whether there is such a view.
#[must_use]
pub fn is_view(name: &str) -> bool {
    VIEWS.contains(&name)
}
