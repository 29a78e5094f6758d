//! A private Postgres.

mod binaries;
mod cluster;
mod home;
mod options;
mod orphan;
mod psql;
mod server;

pub use binaries::{MINIMUM_POSTGRES, PostgresBinaries};
pub use options::PostgresOptions;
pub use server::Postgres;
