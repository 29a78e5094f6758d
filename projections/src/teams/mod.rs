//! Teams and who is in them.

mod projector;
mod query;
mod row;

pub use projector::{NAME, TeamsProjector};
pub use query::{Team, listed, members, of_member, one, standings};
pub use row::{TeamMemberRow, TeamRow};
