//! What is put on record.

use std::net::IpAddr;

use axum::http::HeaderValue;
use pantheon_events::TenantId;

/// What somebody did.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Deed {
    /// They were refused, with this code.
    Denied(&'static str),
    /// They took this along.
    Exported(&'static str),
}

/// Who did what, and where: what is alike has all of it in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    pub tenant: TenantId,
    pub agent: bool,
    /// An account or an operator's name; they are sealed for differently.
    pub account: bool,
    pub id: String,
    pub method: String,
    pub route: String,
    pub deed: Deed,
}

/// Where somebody came from, and with what. Neither makes a difference to what is alike: a caller chooses
/// both.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub address: Option<IpAddr>,
    pub user_agent: Option<HeaderValue>,
}
