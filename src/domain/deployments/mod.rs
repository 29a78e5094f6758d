//! Deployments.

mod aggregate;
mod decide;
mod deployment;
mod error;

pub use aggregate::{End, Environment, Success, environment_id};
pub use deployment::Deployment;
pub use error::DeploymentError;
