//! Products: the catalogue as buyers and sellers see it.

mod fold;
mod order;
mod projector;
mod query;
mod row;

pub use fold::fold;
pub use order::{Column, Key};
pub use projector::{NAME, ProductsProjector};
pub use query::{Filter, Listed, list, one};
pub use row::{ProductRow, ReservationRow};
