//! Deployments: one stream per environment, so that two triggers at once cannot both run.

mod about;
mod command;
mod event;
mod values;

pub use command::*;
pub use event::*;
pub use values::*;
