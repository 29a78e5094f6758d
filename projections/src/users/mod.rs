//! Accounts. Personal texts stay sealed here; whoever may show them opens them.

mod projector;
mod query;
mod row;

pub use projector::{NAME, UsersProjector};
pub use query::{Counts, Filter, Standing, counts, newest, one, some, standings};
pub use row::UserRow;
