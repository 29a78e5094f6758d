//! The engine: everything of a read model that is not about one context.

mod appended;
mod apply;
mod checkpoint;
mod control;
mod error;
mod fold;
mod keeper;
mod lane;
mod parked;
mod positions;
mod projector;
mod rebuild;
mod row;
mod runner;
mod running;
#[doc(hidden)]
pub mod settle;
mod shape;
mod spec;
mod sql;
mod stored;
mod table;

pub use appended::Appended;
pub use control::{Control, ControlError, ProjectionStatus, RebuildStatus, Replayed};
pub use error::{Disposition, Fault, ProjectError};
pub use fold::{decode, each, id, keys};
pub use parked::ParkedStream;
pub use positions::Positions;
pub use projector::Projector;
pub use rebuild::{Rebuild, RebuildError, RebuildReport, ReplayReport, TableCount, TableReport};
pub use row::{Columns, Record, Row};
pub use running::Engine;
pub use spec::{OnPoison, ProjectionSpec, Wants};
pub use table::Table;
