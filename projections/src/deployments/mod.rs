//! Deployments as operators see them.

mod projector;
mod query;
mod row;

pub use projector::{DeploymentsProjector, Environment, NAME, fold};
pub use query::{Filter, Overdue, in_hand, list, newest, one, overdue, unstarted};
pub use row::DeploymentRow;
