//! The campaigns of faults: each puts an installation of real processes under load, breaks
//! something again and again, heals it, and has every promise judged by the checker of the harness.
//!
//! `make chaos` runs them at full count (`main.rs`), the integration tests run their short forms.
//! `docs/RELIABILITY.md` has the table of results.

mod campaign;
mod campaigns;
mod outcome;
mod probe;
mod run;

pub use campaign::Campaign;
pub use outcome::Outcome;
pub use run::{Run, Scale};
