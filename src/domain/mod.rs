//! The rules: one folder per context, one file per rule. Nothing here does I/O or reads a clock.

pub mod access;
pub mod agent_executions;
pub mod agents;
pub mod alerts;
pub mod approvals;
pub mod database;
pub mod deployments;
pub mod git;
pub mod infrastructure;
pub mod nodes;
pub mod orders;
pub mod organizations;
pub mod plans;
pub mod products;
pub mod repositories;
mod rules;
pub mod sessions;
pub mod tasks;
pub mod teams;
pub mod users;
pub mod worktrees;

pub use rules::{Asked, Root, RuleError, is_plain_uuid};
