//! One issue or pull request, as it was seen last.

use pantheon_events::repositories::{
    IssueCommand as Command, IssueEvent as Event, IssueFacts, PullRequestFacts, read_issue_id,
};
use serde::{Deserialize, Serialize};

use super::{RepositoryError, decide};
use crate::aggregate;
use crate::domain::Asked;

/// An issue's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Issue {
    /// As an issue.
    pub issue: Option<IssueFacts>,
    /// As a pull request.
    pub pull_request: Option<PullRequestFacts>,
}

impl Issue {
    fn decide(&self, asked: &Asked<Command>) -> Result<Vec<Event>, RepositoryError> {
        match &asked.command {
            Command::SyncIssue(command) => decide::sync_issue(self, asked, command),
            Command::SyncPullRequest(command) => decide::sync_pull_request(self, asked, command),
        }
    }

    fn evolve(&mut self, event: Event) {
        match event {
            Event::IssueSynced(synced) => self.issue = Some(synced.issue),
            Event::PullRequestSynced(synced) => self.pull_request = Some(synced.pull_request),
        }
    }

    fn valid_id(id: &str) -> bool {
        read_issue_id(id).is_some()
    }
}

aggregate!(Issue: Command => Event, RepositoryError);
