//! Agents on HTTP.

mod answer;
mod configure;
mod control;
mod enroll;
mod heartbeat;
mod list;
mod logs;
mod metrics;
mod one;
mod representation;
mod revoke;
mod routes;

pub use representation::{Agent, AgentMetrics};
pub use routes::routes;
