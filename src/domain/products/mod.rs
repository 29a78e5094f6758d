//! Products: the catalogue and the stock.

mod aggregate;
mod decide;
mod error;

pub use aggregate::{Held, Product};
pub use error::ProductError;
