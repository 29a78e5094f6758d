//! The live stream and the log's read endpoints, over real sockets and a real Postgres.

mod dialect_a;
mod events;
mod frames;
mod node;
mod recovery;
mod sse;
mod tenants;
mod ws;
