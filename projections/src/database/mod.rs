//! Exports of a tenant's rows.

mod files;
mod projector;
mod query;
mod row;

pub use files::{File, chunk, forget};
pub use projector::{DatabaseExportsProjector, NAME};
pub use query::{Due, due, list, one};
pub use row::ExportRow;
