//! Products: the catalogue as buyers and sellers see it.

mod fold;
mod projector;
mod query;
mod row;

pub use fold::fold;
pub use projector::{NAME, ProductsProjector};
pub use query::{Filter, Listed, Sort, list, one};
pub use row::{ProductRow, ReservationRow};
