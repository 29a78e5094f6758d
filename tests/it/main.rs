//! The promises, held against a real Postgres and a real nats-server. One module per area.

mod agent_executions;
mod agents;
mod approvals;
mod audit;
mod bus;
mod cli;
mod contract;
mod dashboard;
mod database;
mod deployments;
mod embedded;
mod guarantees;
mod hostile;
mod http;
mod identity;
mod infrastructure;
#[cfg(feature = "lambda")]
mod lambda;
mod live;
mod log;
mod logs;
mod orders;
mod organizations;
mod plans;
mod products;
mod projections;
mod repositories;
mod store;
mod tasks;
mod users;
mod worktrees;
mod world;
