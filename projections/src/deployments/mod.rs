//! Deployments as operators see them.

mod projector;
mod query;
mod row;

pub use projector::{DeploymentsProjector, NAME};
pub use query::{Filter, Overdue, list, newest, one, overdue};
pub use row::DeploymentRow;
