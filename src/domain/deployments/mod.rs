//! Deployments.

mod aggregate;
mod decide;
mod error;

pub use aggregate::{Deployment, Environment, environment_id};
pub use error::DeploymentError;
