//! The engine: everything of a read model that is not about one context.

mod appended;
mod error;
mod fold;
mod positions;
mod projector;
mod row;
mod spec;
mod sql;
mod table;

pub use appended::Appended;
pub use error::{Disposition, Fault, ProjectError};
pub use fold::{decode, each, id, keys};
pub use positions::Positions;
pub use projector::Projector;
pub use row::{Record, Row};
pub use spec::{OnPoison, ProjectionSpec, Wants};
pub use table::Table;
