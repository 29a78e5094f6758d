//! What happened to an alert.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::AlertSeverity;
use crate::events;

/// Something is wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SystemAlertRaised {
    /// What noticed it.
    pub source: String,
    /// What it is about.
    pub subject: String,
    /// How bad it is.
    pub severity: AlertSeverity,
    /// One line.
    pub title: String,
    /// What is known of it.
    pub description: String,
}

/// It is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SystemAlertResolved {
    /// What noticed it.
    pub source: String,
    /// What it was about.
    pub subject: String,
    /// How bad it was.
    pub severity: AlertSeverity,
    /// The line that it was raised with.
    pub title: String,
    /// Why it is over.
    pub reason: String,
}

events! {
    /// The events of one alert.
    pub enum AlertEvent for "system_alert" {
        SystemAlertRaised = "system_alert_raised" @ "1",
        SystemAlertResolved = "system_alert_resolved" @ "1",
    }
}
