//! One login name: whose it is, and how often signing in with it failed.

use chrono::{DateTime, Utc};
use pantheon_events::UserId;
use pantheon_events::users::{LoginNameCommand, LoginNameEvent, NameKey};
use serde::{Deserialize, Serialize};

use super::{UserError, decide};
use crate::aggregate;
use crate::domain::Asked;

/// So many failures in a row lock the account.
pub const FAILURES: u32 = 5;

/// A login name's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LoginName {
    /// Whose it is.
    pub holder: Option<UserId>,
    /// Since when.
    pub claimed_at: Option<DateTime<Utc>>,
    /// How many sign-ins failed in a row.
    pub failures: u32,
}

impl LoginName {
    fn decide(&self, asked: &Asked<LoginNameCommand>) -> Result<Vec<LoginNameEvent>, UserError> {
        match &asked.command {
            LoginNameCommand::ClaimLoginName(command) => decide::claim(self, command, asked.at),
            LoginNameCommand::ReleaseLoginName(command) => decide::release(self, command),
            LoginNameCommand::RecordLoginFailure(command) => Ok(decide::fail(self, command)),
            LoginNameCommand::ClearLoginFailures(_) => Ok(decide::clear(self)),
        }
    }

    fn evolve(&mut self, event: LoginNameEvent) {
        match event {
            LoginNameEvent::LoginNameClaimed(claimed) => {
                self.holder = Some(claimed.user_id);
                self.claimed_at = Some(claimed.at);
            }
            LoginNameEvent::LoginNameReleased(_) => *self = Self::default(),
            LoginNameEvent::LoginFailed(failed) => self.failures = failed.failures,
            LoginNameEvent::LoginFailuresCleared(_) => self.failures = 0,
        }
    }

    fn valid_id(id: &str) -> bool {
        id.parse::<NameKey>().is_ok()
    }
}

aggregate!(LoginName: LoginNameCommand => LoginNameEvent, UserError);
