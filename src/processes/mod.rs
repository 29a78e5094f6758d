//! Processes: what follows from an event, one file each. They act through commands only.

mod agent_control;
mod agent_health;
pub mod claim;
mod deployments;
mod first_start;
mod heartbeats;
mod order_steps;
mod process;
mod registry;
mod runner;
mod stock_guard;
mod task_edges;
mod task_graph_steps;
mod task_notices;
mod task_release;
mod task_steps;
mod task_takers;
mod task_timeouts;
pub mod tasks;

pub use agent_control::AgentControl;
pub use agent_health::AgentHealth;
pub use deployments::{DeploymentApproval, DeploymentWatch};
pub use first_start::first_start;
pub use heartbeats::Heartbeats;
pub use order_steps::OrderSteps;
pub use process::{Process, ProcessError, settle};
pub use registry::{all, deps, prepare};
pub use runner::{ProcessDeps, spawn};
pub use stock_guard::StockGuard;
pub use task_edges::TaskEdges;
pub use task_graph_steps::TaskGraphSteps;
pub use task_notices::TaskNotices;
pub use task_release::TaskRelease;
pub use task_steps::TaskSteps;
pub use task_takers::TaskTakers;
pub use task_timeouts::TaskTimeouts;
