//! One session.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use pantheon_events::sessions::{EndReason, SessionCommand, SessionEvent, TokenDigest};
use pantheon_events::{TenantId, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::life::TOKEN_LIFE;
use super::{SessionError, decide};
use crate::aggregate;
use crate::domain::Asked;

/// A session's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Whose it is, once it was started.
    pub user_id: Option<UserId>,
    /// When that was.
    pub started_at: DateTime<Utc>,
    /// The organisation it acts in; `None` = the personal space.
    pub organization_id: Option<TenantId>,
    /// The refresh tokens that were not used yet, and when each was given.
    pub unused: BTreeMap<TokenDigest, DateTime<Utc>>,
    /// The used ones, and when each was used first.
    pub used: BTreeMap<TokenDigest, DateTime<Utc>>,
    /// Why it ended.
    pub ended: Option<EndReason>,
}

impl Session {
    fn decide(&self, asked: &Asked<SessionCommand>) -> Result<Vec<SessionEvent>, SessionError> {
        match &asked.command {
            SessionCommand::StartSession(command) => decide::start(self, command, asked.at),
            SessionCommand::RefreshSession(command) => decide::refresh(self, command, asked.at),
            SessionCommand::SwitchOrganization(command) => decide::switch(self, command, asked.at),
            SessionCommand::EndSession(command) => Ok(decide::end(self, command, asked.at)),
        }
    }

    fn evolve(&mut self, event: SessionEvent) {
        match event {
            SessionEvent::SessionStarted(started) => {
                *self = Self {
                    user_id: Some(started.user_id),
                    started_at: started.at,
                    organization_id: started.organization_id,
                    unused: BTreeMap::from([(started.token_digest, started.at)]),
                    ..Self::default()
                }
            }
            SessionEvent::SessionRefreshed(refreshed) => {
                self.unused.remove(&refreshed.shown);
                self.used.entry(refreshed.shown).or_insert(refreshed.at);
                self.unused.insert(refreshed.token_digest, refreshed.at);
                self.forget(refreshed.at);
            }
            SessionEvent::SessionOrganizationSwitched(switched) => {
                for digest in std::mem::take(&mut self.unused).into_keys() {
                    self.used.entry(digest).or_insert(switched.at);
                }
                self.unused.insert(switched.token_digest, switched.at);
                self.organization_id = switched.organization_id;
            }
            SessionEvent::SessionEnded(ended) => {
                self.ended = Some(ended.reason);
                self.unused.clear();
            }
        }
    }

    /// A token that was used longer ago than tokens live is not known any more.
    fn forget(&mut self, now: DateTime<Utc>) {
        self.used.retain(|_, used| now - *used < TOKEN_LIFE);
    }

    fn valid_id(id: &str) -> bool {
        Uuid::parse_str(id).is_ok_and(|parsed| parsed.to_string() == id)
    }
}

aggregate!(Session: SessionCommand => SessionEvent, SessionError);
