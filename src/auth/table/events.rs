//! What it takes to see the events of an aggregate, on the live stream, in `GET /events` and in
//! every translation of them. An aggregate without a row is seen by nobody.

/// How far a permission that covers only one's own reaches over an aggregate's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The streams that were created by, requested by or are addressed to the caller.
    Holder,
    /// None: "own" means something that a stream alone does not tell.
    Nothing,
}

/// What the events of one aggregate need.
#[derive(Clone, Copy, Debug)]
pub struct EventRow {
    /// The aggregate type.
    pub aggregate: &'static str,
    /// The permission code.
    pub code: &'static str,
    /// What a grant of [`Grant::Own`](crate::auth::Grant) reaches.
    pub own: Reach,
}

const fn events(aggregate: &'static str, code: &'static str) -> EventRow {
    EventRow {
        aggregate,
        code,
        own: Reach::Nothing,
    }
}

const fn own_events(aggregate: &'static str, code: &'static str) -> EventRow {
    EventRow {
        aggregate,
        code,
        own: Reach::Holder,
    }
}

/// The rows, one line per aggregate.
pub const EVENTS: &[EventRow] = &[
    events("agent", "agents.read"),
    events("task", "tasks.read"),
    events("task_graph", "tasks.read"),
    events("plan", "tasks.read"),
    // Which products are active stands in the read model: those who see only these ask there.
    events("product", "products.read"),
    own_events("order", "orders.read"),
    own_events("approval", "approvals.read"),
    events("approval_policy", "approvals.read"),
    events("environment", "deployments.read"),
    events("infrastructure", "infrastructure.read"),
    // Who asked what: sockets show it to its own user alone.
    events("database", "database.manage"),
    events("node", "dashboard.read"),
    // Personal texts in these are sealed, also for those who may see them.
    events("user", "users.manage"),
    events("login_name", "users.manage"),
    events("admin_list", "users.manage"),
    events("session", "users.manage"),
    // Addresses in it are sealed, also for those who may see it.
    events("access_trail", "audit.read"),
    events("organization", "organization.members.read"),
    // Some teams are seen by their members only.
    events("team", "teams.update"),
    events("system_alert", "dashboard.read"),
    events("worktree", "worktrees.read"),
    events("git", "logs.read"),
    events("agent_execution", "agents.read"),
    events("repository", "repositories.read"),
    events("issue", "repositories.read"),
];

#[cfg(test)]
mod tests {
    use super::EVENTS;
    use crate::auth::PERMISSIONS;

    #[test]
    fn every_row_names_a_permission_that_exists_and_an_aggregate_only_once() {
        let mut aggregates: Vec<_> = EVENTS.iter().map(|row| row.aggregate).collect();
        aggregates.sort_unstable();
        aggregates.dedup();
        assert_eq!(aggregates.len(), EVENTS.len());
        for row in EVENTS {
            assert!(
                PERMISSIONS.iter().any(|known| known.code == row.code),
                "{}",
                row.code
            );
        }
    }

    #[test]
    fn every_aggregate_of_this_build_has_a_row() {
        for spec in crate::schemas::events() {
            let row = EVENTS.iter().find(|row| row.aggregate == spec.aggregate);
            assert!(row.is_some(), "{} needs a line in EVENTS", spec.aggregate);
        }
    }
}
