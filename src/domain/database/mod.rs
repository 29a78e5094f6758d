//! A tenant's database as people use it by hand: queries, exports, imports.

mod aggregate;
mod decide;
mod error;

pub use aggregate::Database;
pub use error::DatabaseError;
