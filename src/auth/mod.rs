//! Who somebody is and what they may do: principals, tokens, and the one permission table.

mod need;
mod permission;
mod principal;
pub mod table;

pub use need::{Denial, Need, agent, agent_self, any_of, by_command, may, permission};
pub use permission::{Grant, PERMISSIONS, Permission, grant};
pub use principal::{Principal, PrincipalKind, Role, UnknownRole};
