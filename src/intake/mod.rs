//! The doors for commands on NATS: what agents send on their own subjects, and the generic door
//! for services.

mod agent_commands;
mod envelope;
mod handler;
mod keys;
mod reply;

pub use agent_commands::{AGENT_COMMANDS, AgentCommand, ENVIRONMENT, StreamOf};
pub use handler::Intake;
pub use keys::{Keys, cut_revoked};
