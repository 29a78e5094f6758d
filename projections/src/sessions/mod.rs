//! Sessions: who is signed in where.

mod projector;
mod query;
mod row;

pub use projector::{NAME, SessionsProjector};
pub use query::{ended_since, last_organization, of_user, one, open};
pub use row::SessionRow;
