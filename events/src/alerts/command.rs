//! What can be done with an alert.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::AlertSeverity;
use crate::commands;

/// Something is wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RaiseAlert {
    /// What noticed it: `agent`, `deployment`, `projection` …
    #[garde(length(chars, min = 1, max = 100))]
    pub source: String,
    /// What it is about: an agent's id, an environment's name …
    #[garde(length(chars, min = 1, max = 255))]
    pub subject: String,
    /// How bad it is.
    #[garde(skip)]
    pub severity: AlertSeverity,
    /// One line.
    #[garde(length(chars, min = 1, max = 255))]
    pub title: String,
    /// What is known of it.
    #[garde(length(max = 16_384))]
    pub description: String,
}

/// It is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ResolveAlert {
    /// Why.
    #[garde(length(chars, min = 1, max = 255))]
    pub reason: String,
}

commands! {
    /// The commands of one alert.
    pub enum AlertCommand for "system_alert" {
        RaiseAlert = "raise_alert" creates,
        ResolveAlert = "resolve_alert",
    }
}
