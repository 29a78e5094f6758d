//! Alerts, open and over.

mod projector;
mod query;

pub use projector::{AlertRow, AlertsProjector, NAME};
pub use query::{Filter, list, open};
