//! What the trail tells.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Visitor, Visits};
use crate::{TenantId, events};

/// Somebody was refused. The first of a minute is told at once, those alike that followed it together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AccessDenied {
    /// Who.
    pub who: Visitor,
    /// Where, and how often.
    pub visits: Visits,
    /// `forbidden`, or `foreign_organization`.
    pub code: String,
}

/// Somebody took data along. Repeats within a minute are told together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DataExported {
    /// Who.
    pub who: Visitor,
    /// Where, and how often.
    pub visits: Visits,
    /// What.
    pub what: String,
}

/// An operator's or agent's token was given. The token itself is nowhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TokenIssued {
    /// The token's id (`jti`).
    pub token_id: Uuid,
    /// Whose it is.
    pub subject: String,
    /// What it may do.
    pub role: String,
    /// Where it acts.
    pub tenant: TenantId,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
}

events! {
    /// The events of one trail.
    pub enum AccessEvent for "access_trail" {
        AccessDenied = "access_denied" @ "1",
        DataExported = "data_exported" @ "1",
        TokenIssued = "token_issued" @ "1",
    }
}
