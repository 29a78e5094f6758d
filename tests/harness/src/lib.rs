//! What the integration tests and the benchmarks stand on: real servers, started in milliseconds
//! and gone with the test.
//!
//! * [`Postgres::shared`]: a fresh, migrated database. [`Postgres::own`]: a server to kill.
//! * [`Nats::own`]: a nats-server with JetStream for one test.
//! * [`eventually`]: waits on a condition. [`Proxy`]: breaks connections.
//! * [`Process`]: the real `pantheon` binary. [`Cluster`]: a whole installation of it.
//! * [`Load`] and [`LiveClient`]: clients that go on through any fault, and write down what they
//!   were told in a [`Journal`]. [`checker::check`]: whether the promises held.

mod api;
mod cache;
pub mod checker;
mod cluster;
mod database;
pub mod evidence;
pub mod journal;
mod live;
pub mod load;
mod migrations;
mod nats;
mod postgres;
mod process;
mod proxy;
mod reader;
mod scratch;
mod seed;
mod trial;
mod wait;

pub use api::{Address, Api, Reply, send};
pub use cluster::{Cluster, ClusterOptions, Links, OPERATOR, run};
pub use database::Database;
pub use evidence::Evidence;
pub use journal::Journal;
pub use live::{Door, LiveClient};
pub use load::Load;
pub use migrations::migrate;
pub use nats::Nats;
pub use postgres::Postgres;
pub use process::Process;
pub use proxy::{Fault, Proxy};
pub use reader::BusReader;
pub use seed::{SEED, Seed};
pub use trial::{PATIENCE, Trial};
pub use wait::{Attempt, eventually, soon};
