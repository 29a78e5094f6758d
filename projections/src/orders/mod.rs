//! Orders as customers and sellers see them.

mod fold;
mod projector;
mod query;
mod row;
mod totals;

pub use fold::fold;
pub use projector::{NAME, OrdersProjector};
pub use query::{Filter, Listed, Orphan, Unpaid, list, one, orphaned_reservations, unpaid};
pub use row::OrderRow;
pub use totals::{Total, totals};
