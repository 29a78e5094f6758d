//! A private Postgres.

mod binaries;
mod cluster;
mod home;
mod options;
mod orphan;
mod psql;
mod running;
mod server;

pub use binaries::{MINIMUM_POSTGRES, PostgresBinaries};
pub use options::PostgresOptions;
pub use server::Postgres;
