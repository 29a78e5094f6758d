//! A private nats-server.

mod binary;
mod options;
mod server;

pub use binary::{MINIMUM_NATS, NatsBinary};
pub use options::{NatsOptions, NatsPlaces};
pub use server::Nats;
