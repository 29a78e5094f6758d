//! What can be added to somebody's trail.

use chrono::{DateTime, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Visitor, Visits};
use crate::{TenantId, commands};

/// Somebody asked for what they may not have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RecordDenial {
    /// Who.
    #[garde(dive)]
    pub who: Visitor,
    /// Where, and how often.
    #[garde(dive)]
    pub visits: Visits,
    /// `forbidden`, or `foreign_organization` for one that they are no active member of.
    #[garde(length(chars, min = 1, max = 100))]
    pub code: String,
}

/// Somebody took data along.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RecordExport {
    /// Who.
    #[garde(dive)]
    pub who: Visitor,
    /// Where, and how often.
    #[garde(dive)]
    pub visits: Visits,
    /// What: `events` …
    #[garde(length(chars, min = 1, max = 100))]
    pub what: String,
}

/// A token was given that somebody can come with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct RecordTokenIssue {
    /// The token's id (`jti`).
    pub token_id: Uuid,
    /// Whose it is.
    #[garde(length(chars, min = 1, max = 255))]
    pub subject: String,
    /// What it may do.
    #[garde(length(chars, min = 1, max = 100))]
    pub role: String,
    /// Where it acts.
    pub tenant: TenantId,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
}

commands! {
    /// The commands of one trail.
    pub enum AccessCommand for "access_trail" {
        RecordDenial = "record_denial" creates,
        RecordExport = "record_export" creates,
        RecordTokenIssue = "record_token_issue" creates,
    }
}
