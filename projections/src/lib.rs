//! The read side: an engine, and per context a projector and its queries.
//!
//! A read model is a pure fold of the log: rows and checkpoint change in one transaction (G6), and
//! a rebuild gives the same rows. Tables live in schema `read` and are named **without** a schema in
//! SQL, so that a rebuild can run the same code on tables beside the live ones.

use std::sync::Arc;

pub mod access;
pub mod activity;
pub mod agent_executions;
pub mod agents;
pub mod alerts;
pub mod approvals;
pub mod console;
pub mod database;
pub mod deployments;
pub mod engine;
pub mod infrastructure;
pub mod logs;
pub mod nodes;
pub mod orders;
pub mod organizations;
pub mod plans;
pub mod products;
pub mod query;
pub mod repositories;
pub mod sessions;
pub mod task_graph;
pub mod tasks;
pub mod teams;
pub mod timeline;
pub mod traces;
pub mod users;
pub mod worktrees;

pub use engine::{
    Appended, Columns, Fault, OnPoison, ProjectError, ProjectionSpec, Projector, Record, Row,
    Table, Wants, decode, each, id, keys,
};
pub use query::{Page, QueryError, Reads, Stand, cursor};

/// Every projector of this build: one line per context.
#[must_use]
pub fn projectors(logs: logs::Keep) -> Vec<Arc<dyn Projector>> {
    vec![
        Arc::new(agents::AgentsProjector),
        Arc::new(agents::AgentLogsProjector),
        Arc::new(tasks::TasksProjector),
        Arc::new(task_graph::TaskGraphProjector),
        Arc::new(plans::PlansProjector),
        Arc::new(products::ProductsProjector),
        Arc::new(orders::OrdersProjector),
        Arc::new(approvals::ApprovalsProjector),
        Arc::new(approvals::ApprovalPoliciesProjector),
        Arc::new(deployments::DeploymentsProjector),
        Arc::new(nodes::NodesProjector),
        Arc::new(infrastructure::InfrastructureProjector),
        Arc::new(worktrees::WorktreesProjector),
        Arc::new(alerts::AlertsProjector),
        Arc::new(activity::ActivityProjector),
        Arc::new(timeline::TimelineProjector),
        Arc::new(logs::LogsProjector { keep: logs }),
        Arc::new(database::DatabaseExportsProjector),
        Arc::new(traces::TracesProjector),
        Arc::new(users::UsersProjector),
        Arc::new(sessions::SessionsProjector),
        Arc::new(access::AccessProjector),
        Arc::new(organizations::OrganizationsProjector),
        Arc::new(teams::TeamsProjector),
        Arc::new(repositories::RepositoriesProjector),
        Arc::new(agent_executions::AgentExecutionsProjector),
        Arc::new(agent_executions::AgentExecutionLogsProjector),
    ]
}
