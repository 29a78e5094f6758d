//! Deployments.

mod aggregate;
mod decide;
mod deployment;
mod error;

pub use aggregate::{End, Environment, environment_id};
pub use deployment::Deployment;
pub use error::DeploymentError;
