//! Who somebody is and what they may do: principals, tokens, and the one permission table.

mod accounts;
mod agents;
mod keys;
mod members;
mod need;
mod permission;
mod principal;
mod revoked;
mod service;
pub mod table;
mod tickets;
mod token;

pub use accounts::Accounts;
pub use agents::{Agents, Member};
pub use keys::{KeyError, KeyFile, Listed, TokenKeys};
pub use members::{Members, Membership, Standing};
pub use need::{Denial, Need, agent, agent_self, any_of, by_command, may, permission};
pub use permission::{
    CONSOLE_CODES, Grant, LEAD_OF_ITS_TEAM, OF_TEAM_LEAD, OF_TEAM_MEMBER, PERMISSIONS, Permission,
    Powers, is_of_installation, role_of,
};
pub use principal::{Principal, PrincipalKind, Role, Session, UnknownRole};
pub use revoked::{Revoked, revoke};
pub use service::{ACCESS_TTL, Alive, Auth, Away, Issued, Sessions, Still, Unverified};
pub use tickets::{TICKET_TTL, Ticket, Tickets, TicketsUnavailable};
pub use token::{Extra, InvalidToken};
