//! One alert: what `source` says about `subject`.

use pantheon_events::AlertId;
use pantheon_events::alerts::{AlertCommand, AlertEvent, SystemAlertRaised};
use serde::{Deserialize, Serialize};

use super::{AlertError, decide};
use crate::aggregate;
use crate::domain::Asked;

/// An alert's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// What it was raised with, while it is open.
    pub open: Option<SystemAlertRaised>,
}

impl Alert {
    fn decide(&self, asked: &Asked<AlertCommand>) -> Result<Vec<AlertEvent>, AlertError> {
        match &asked.command {
            AlertCommand::RaiseAlert(command) => decide::raise(self, asked, command),
            AlertCommand::ResolveAlert(command) => Ok(decide::resolve(self, command)),
        }
    }

    fn evolve(&mut self, event: AlertEvent) {
        self.open = match event {
            AlertEvent::SystemAlertRaised(raised) => Some(raised),
            AlertEvent::SystemAlertResolved(_) => None,
        };
    }

    /// One spelling per id, so that there is one stream per alert.
    fn valid_id(id: &str) -> bool {
        id.parse::<AlertId>()
            .is_ok_and(|parsed| parsed.to_string() == id)
    }
}

aggregate!(Alert: AlertCommand => AlertEvent, AlertError);
