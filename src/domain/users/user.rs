//! One account.

use chrono::{DateTime, Utc};
use pantheon_events::Sealed;
use pantheon_events::sessions::TokenDigest;
use pantheon_events::users::{AccountRole, LoginText, UserCommand, UserEvent};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{UserError, decide};
use crate::aggregate;
use crate::domain::Asked;

/// An account's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Its e-mail address, once it was made.
    pub email: Option<LoginText>,
    /// Its user name.
    pub username: Option<LoginText>,
    /// What the person is called.
    pub full_name: Option<Sealed>,
    /// A picture.
    pub avatar_url: Option<Sealed>,
    /// The password's place in the vault.
    pub credential_id: Option<Uuid>,
    /// The GitHub account.
    pub github_id: Option<i64>,
    /// Its role.
    pub role: AccountRole,
    /// Whether it was shut out.
    pub inactive: bool,
    /// Until when it is shut out for a while.
    pub locked_until: Option<DateTime<Utc>>,
    /// What lets its owner in while there is no password.
    #[serde(default)]
    pub setup: Option<Setup>,
}

/// A token that lets somebody in once, to set a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// Its digest.
    pub token_digest: TokenDigest,
    /// Until when it counts.
    pub expires_at: DateTime<Utc>,
    /// Whether somebody came in by it.
    pub used: bool,
}

impl User {
    /// Whether it was made.
    #[must_use]
    pub const fn exists(&self) -> bool {
        self.email.is_some()
    }

    /// Whether it counts as an admin.
    #[must_use]
    pub fn is_active_admin(&self) -> bool {
        self.exists() && !self.inactive && self.role == AccountRole::Admin
    }

    /// Whether it is shut out for a while.
    #[must_use]
    pub fn is_locked(&self, now: DateTime<Utc>) -> bool {
        self.locked_until.is_some_and(|until| now < until)
    }

    /// Whether this is the token that sets a password, used or not.
    #[must_use]
    pub fn sets_up(&self, shown: &TokenDigest, now: DateTime<Utc>) -> bool {
        let setup = self.setup.as_ref();
        setup.is_some_and(|setup| setup.token_digest == *shown && now < setup.expires_at)
    }

    fn decide(&self, asked: &Asked<UserCommand>) -> Result<Vec<UserEvent>, UserError> {
        match &asked.command {
            UserCommand::RegisterUser(command) => decide::register(self, command),
            UserCommand::UpdateProfile(command) => Ok(decide::update_profile(self, command)),
            UserCommand::ChangePassword(command) => decide::change_password(self, command),
            UserCommand::RehashPassword(command) => decide::rehash_password(self, command),
            UserCommand::StartSetup(command) => Ok(decide::start_setup(command)),
            UserCommand::UseSetup(command) => decide::use_setup(self, command, asked.at),
            UserCommand::ChangeRole(command) => Ok(decide::change_role(self, command)),
            UserCommand::ActivateUser(_) => Ok(decide::activate(self)),
            UserCommand::DeactivateUser(_) => Ok(decide::deactivate(self)),
            UserCommand::LockUser(command) => Ok(decide::lock(self, command, asked.at)),
            UserCommand::UnlockUser(_) => Ok(decide::unlock(self, asked.at)),
            UserCommand::LinkGithub(command) => decide::link_github(self, command),
            UserCommand::UnlinkGithub(_) => decide::unlink_github(self),
        }
    }

    fn evolve(&mut self, event: UserEvent) {
        match event {
            UserEvent::UserRegistered(made) => {
                *self = Self {
                    email: Some(made.email),
                    username: Some(made.username),
                    full_name: made.full_name,
                    avatar_url: made.avatar_url,
                    credential_id: made.credential_id,
                    github_id: made.github_id,
                    role: made.role,
                    ..Self::default()
                }
            }
            UserEvent::UserProfileUpdated(changed) => {
                self.email = changed.email.or_else(|| self.email.take());
                self.username = changed.username.or_else(|| self.username.take());
                self.full_name = changed.full_name.or_else(|| self.full_name.take());
                self.avatar_url = changed.avatar_url.or_else(|| self.avatar_url.take());
            }
            UserEvent::UserPasswordChanged(changed) => {
                self.credential_id = Some(changed.credential_id);
                self.setup = None;
            }
            UserEvent::UserPasswordRehashed(kept) => self.credential_id = Some(kept.credential_id),
            UserEvent::UserSetupStarted(started) => {
                self.credential_id = None;
                self.setup = Some(Setup {
                    token_digest: started.token_digest,
                    expires_at: started.expires_at,
                    used: false,
                });
            }
            UserEvent::UserSetupUsed(_) => {
                self.setup.iter_mut().for_each(|setup| setup.used = true);
            }
            UserEvent::UserRoleChanged(changed) => self.role = changed.to,
            UserEvent::UserActivated(_) => self.inactive = false,
            UserEvent::UserDeactivated(_) => self.inactive = true,
            UserEvent::UserLocked(locked) => self.locked_until = Some(locked.until),
            UserEvent::UserUnlocked(_) => self.locked_until = None,
            UserEvent::GithubLinked(linked) => self.github_id = Some(linked.github_id),
            UserEvent::GithubUnlinked(_) => self.github_id = None,
        }
    }

    /// One spelling, so that nobody makes a second stream under another.
    fn valid_id(id: &str) -> bool {
        Uuid::parse_str(id).is_ok_and(|parsed| parsed.to_string() == id)
    }
}

aggregate!(User: UserCommand => UserEvent, UserError);
