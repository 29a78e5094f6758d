//! The live stream and the log's read endpoints, over real sockets and a real Postgres.

mod closing;
mod console;
mod dialect_a;
mod dialects;
mod events;
mod frames;
pub mod node;
mod recovery;
mod sse;
mod tenants;
pub mod ws;
