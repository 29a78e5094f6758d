//! Simulated agents. They hold real keys and speak only NATS, as any agent would.

mod agent;
mod deployer;
mod fleet;
mod link;
mod report;
mod work;

pub use fleet::{Fleet, Profile};
pub use report::{Report, Tally};
