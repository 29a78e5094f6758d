//! The live stream: WebSocket and SSE delivery of the log.
//!
//! There is no broadcast channel. A subscription is a cursor over the log's reader, woken when
//! the head moves: the ring in memory serves those who keep up, Postgres the others, and order
//! and exactly-once per subscription hold because there is only one way to read.

pub mod close;
pub mod cursor;
pub mod deps;
pub mod dialect;
pub mod door;
pub mod eyes;
pub mod filter;
pub mod frame;
pub mod heartbeat;
pub mod logs;
pub mod meters;
pub mod owners;
pub mod session;
pub mod socket;
pub mod sse;
pub mod start;
pub mod subscription;
pub mod visibility;
pub mod wake;

#[cfg(test)]
pub mod testing;

pub use deps::{LiveConfig, LiveDeps, Viewer};
pub use door::routes;
