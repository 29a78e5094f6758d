//! What can be asked of a session. Tokens stand here only as digests.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{EndReason, SignInWay, TokenDigest};
use crate::sealed::Sealed;
use crate::{TenantId, UserId, commands};

/// Opens a session for somebody whose credential was checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct StartSession {
    /// The account.
    pub user_id: UserId,
    /// How they showed who they are.
    pub way: SignInWay,
    /// The first refresh token.
    pub token_digest: TokenDigest,
    /// The organisation it acts in; the personal space when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<TenantId>,
    /// Where from, sealed for the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<Sealed>,
    /// With what, sealed for the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<Sealed>,
}

/// Gives a new refresh token for one that is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct RefreshSession {
    /// The token that is shown.
    pub shown: TokenDigest,
    /// Its successor.
    pub token_digest: TokenDigest,
}

/// Lets a session act in another organisation; its refresh tokens are replaced by one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct SwitchOrganization {
    /// The organisation; the personal space when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<TenantId>,
    /// The refresh token from now on.
    pub token_digest: TokenDigest,
}

/// Ends a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct EndSession {
    /// Why.
    pub reason: EndReason,
}

commands! {
    /// The commands of one session.
    pub enum SessionCommand for "session" {
        StartSession = "start_session" creates,
        RefreshSession = "refresh_session",
        SwitchOrganization = "switch_organization",
        EndSession = "end_session",
    }
}
