//! Agents: the members of the fleet, their control, their signs of life and their logs.

mod catalogue;
mod command;
mod control;
mod event;
mod values;

pub use catalogue::{CATALOGUE, CatalogueAgent, catalogue_agent, catalogue_type};
pub use command::*;
pub use control::*;
pub use event::*;
pub(crate) use values::words;
pub use values::*;
