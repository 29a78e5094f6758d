//! What an alert is about.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AlertId, TenantId};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertSeverity {
    /// Worth knowing.
    Info,
    /// Somebody should look.
    Warning,
    /// Somebody has to look now.
    Critical,
}

impl AlertSeverity {
    /// The word in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// The stream of the alert that `source` raises about `subject`: one, however often it is raised.
#[must_use]
pub fn alert_id(tenant: TenantId, source: &str, subject: &str) -> AlertId {
    AlertId::of_key(&[&tenant.to_string(), source, subject])
}
