//! Organisations and their members.

mod projector;
mod query;
mod row;

pub use projector::{NAME, OrganizationsProjector};
pub use query::{Membership, Organization, member, members, of_user, one, standings};
pub use row::{MemberRow, OrganizationRow};
