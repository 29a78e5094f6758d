//! The log, for reading: one tail task per node, a ring of the newest events, and Postgres for
//! everything older.

mod epochs;
mod handed;
mod handle;
mod lookup;
mod reader;
mod ring;
mod rows;
mod tail;

pub(crate) use handed::Committed;
pub use handle::{Lineage, Log, LogOptions};
