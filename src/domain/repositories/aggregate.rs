//! One repository of a tenant.

use chrono::{DateTime, Utc};
use pantheon_events::repositories::{
    LinkFailure, RepositoryCommand as Command, RepositoryEvent as Event,
};
use serde::{Deserialize, Serialize};

use super::{RepositoryError, decide};
use crate::aggregate;
use crate::domain::Asked;

/// Whether a repository is worked on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// It was never taken up.
    #[default]
    Unknown,
    /// It is.
    Active,
    /// It was put aside.
    Inactive,
    /// It was let go.
    Removed,
}

/// A repository's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Repository {
    /// Whether it is worked on.
    pub standing: Standing,
    /// Owner and name.
    pub full_name: String,
    /// GitHub's number for it and its main branch.
    pub link: Option<(i64, Option<String>)>,
    /// Why GitHub has none.
    pub unlinked: Option<LinkFailure>,
    /// When its issues were read last.
    pub synced_at: Option<DateTime<Utc>>,
    /// Everything that changed on GitHub until then is known.
    pub through: Option<DateTime<Utc>>,
    /// Whether there was nothing more to read.
    pub whole: bool,
    /// Whether somebody waits for them to be read.
    pub awaited: bool,
    /// Why they could not be read last.
    pub sync_error: Option<String>,
}

impl Repository {
    fn decide(&self, asked: &Asked<Command>) -> Result<Vec<Event>, RepositoryError> {
        match &asked.command {
            Command::RegisterRepository(command) => decide::register(self, asked, command),
            Command::UpdateRepository(command) => decide::update(self, command),
            Command::RemoveRepository(_) => Ok(decide::remove(self)),
            Command::RequestSync(_) => decide::request_sync(self),
            Command::LinkRepository(command) => decide::link(self, command),
            Command::RecordSync(command) => decide::record_sync(self, command, asked.at),
        }
    }

    fn evolve(&mut self, event: Event) {
        match event {
            // One that comes back begins anew.
            Event::RepositoryRegistered(made) => {
                *self = Self {
                    standing: Standing::Active,
                    full_name: made.full_name,
                    awaited: true,
                    ..Self::default()
                };
            }
            Event::RepositoryActivated(_) => {
                self.standing = Standing::Active;
                self.awaited = true;
            }
            Event::RepositoryDeactivated(_) => self.standing = Standing::Inactive,
            Event::RepositoryRemoved(_) => self.standing = Standing::Removed,
            Event::RepositorySyncRequested(_) => self.awaited = true,
            Event::RepositoryLinked(linked) => {
                self.link = Some((linked.github_repo_id, linked.default_branch));
                self.unlinked = None;
            }
            Event::RepositoryLinkFailed(failed) => {
                self.unlinked = Some(failed.reason);
                self.awaited = false;
            }
            Event::RepositorySynced(synced) => {
                self.synced_at = Some(synced.at);
                self.through = synced.through.or(self.through);
                self.whole = synced.whole;
                self.awaited = self.awaited && !synced.whole;
                self.sync_error = None;
            }
            Event::RepositorySyncFailed(failed) => {
                self.sync_error = Some(failed.reason);
                self.awaited = false;
            }
        }
    }

    /// Whether it is there at all.
    #[must_use]
    pub fn is_there(&self) -> bool {
        matches!(self.standing, Standing::Active | Standing::Inactive)
    }

    fn valid_id(id: &str) -> bool {
        crate::domain::is_plain_uuid(id)
    }
}

aggregate!(Repository: Command => Event, RepositoryError);
