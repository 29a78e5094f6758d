//! What happened to a session.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{EndReason, SignInWay, TokenDigest};
use crate::sealed::Sealed;
use crate::{TenantId, UserId, events};

/// Somebody signed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SessionStarted {
    /// The account.
    pub user_id: UserId,
    /// How they showed who they are.
    pub way: SignInWay,
    /// The first refresh token.
    pub token_digest: TokenDigest,
    /// The organisation it acts in; the personal space when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<TenantId>,
    /// When.
    pub at: DateTime<Utc>,
    /// Where from, sealed for the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<Sealed>,
    /// With what, sealed for the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<Sealed>,
}

/// A refresh token was used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SessionRefreshed {
    /// The account.
    pub user_id: UserId,
    /// The token that was shown.
    pub shown: TokenDigest,
    /// Its successor.
    pub token_digest: TokenDigest,
    /// When.
    pub at: DateTime<Utc>,
}

/// A session acts elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SessionOrganizationSwitched {
    /// The account.
    pub user_id: UserId,
    /// The organisation; the personal space when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<TenantId>,
    /// The refresh token from now on.
    pub token_digest: TokenDigest,
    /// When.
    pub at: DateTime<Utc>,
}

/// A session is over, and its tokens with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SessionEnded {
    /// The account.
    pub user_id: UserId,
    /// Why.
    pub reason: EndReason,
    /// When.
    pub at: DateTime<Utc>,
}

events! {
    /// The events of one session.
    pub enum SessionEvent for "session" {
        SessionStarted = "session_started" @ "1",
        SessionRefreshed = "session_refreshed" @ "1",
        SessionOrganizationSwitched = "session_organization_switched" @ "1",
        SessionEnded = "session_ended" @ "1",
    }
}
