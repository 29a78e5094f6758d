//! What all queries share: the pool, read-your-writes, keyset pages.

pub mod cursor;
mod error;
pub(crate) mod newest;
mod page;
mod reads;

pub use error::QueryError;
pub use page::Page;
pub use reads::{Reads, Stand, connect_options};
