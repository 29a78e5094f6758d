//! A private Postgres and a private nats-server as child processes, for `pantheon dev`, the tests
//! and the benchmarks.
//!
//! Both listen on loopback alone, keep everything below one directory of the caller's, and end with
//! the process that started them: at `stop()`, at drop, and when that process is killed (the kernel
//! then signals them). They run in process groups of their own, so that Ctrl-C in a terminal reaches
//! the caller first and it can drain before it stops them.

mod child;
mod find;
mod lock;
mod nats;
mod port;
mod postgres;
mod run_as;
mod startup;
mod sys;

pub use find::Version;
pub use nats::{MINIMUM_NATS, Nats, NatsBinary, NatsOptions, NatsPlaces};
pub use port::free_port;
pub use postgres::{MINIMUM_POSTGRES, Postgres, PostgresBinaries, PostgresOptions};
pub use run_as::RunAs;
pub use sys::{Signal, send as send_signal};
