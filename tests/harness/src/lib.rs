//! What the integration tests and the benchmarks stand on: real servers, started in milliseconds
//! and gone with the test.
//!
//! * [`Postgres::shared`]: a fresh, migrated database. [`Postgres::own`]: a server to kill.
//! * [`Nats::own`]: a nats-server with JetStream for one test.
//! * [`eventually`]: waits on a condition. [`Proxy`]: breaks connections.
//! * [`Process`]: the real `pantheon` binary.

mod cache;
mod database;
mod migrations;
mod nats;
mod postgres;
mod process;
mod proxy;
mod scratch;
mod wait;

pub use database::Database;
pub use migrations::migrate;
pub use nats::Nats;
pub use postgres::Postgres;
pub use process::Process;
pub use proxy::{Fault, Proxy};
pub use wait::{Attempt, eventually, soon};
