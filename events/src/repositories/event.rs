//! What happened to a repository, its issues and its pull requests. Every event carries what its
//! readers show: the full name, the number, the title.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{IssueFacts, LinkFailure, PullRequestFacts};
use crate::{RepositoryId, events};

/// A repository was taken up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RepositoryRegistered {
    /// Whose it is on GitHub.
    pub owner: String,
    /// Its name.
    pub name: String,
    /// Both.
    pub full_name: String,
    /// Who asked.
    pub registered_by: String,
}

macro_rules! of_a_repository {
    ($($(#[$meta:meta])* $Name:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        pub struct $Name {
            /// Owner and name.
            pub full_name: String,
        }
    )+};
}

of_a_repository! {
    /// It is worked on again.
    RepositoryActivated;
    /// It was put aside.
    RepositoryDeactivated;
    /// It was let go.
    RepositoryRemoved;
    /// Somebody asked for its issues to be read again.
    RepositorySyncRequested;
}

/// It was found on GitHub.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RepositoryLinked {
    /// Owner and name.
    pub full_name: String,
    /// GitHub's number for it.
    pub github_repo_id: i64,
    /// Its main branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_branch: Option<String>,
}

/// It was not found on GitHub.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RepositoryLinkFailed {
    /// Owner and name.
    pub full_name: String,
    /// Why.
    pub reason: LinkFailure,
}

/// Its issues were read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RepositorySynced {
    /// Owner and name.
    pub full_name: String,
    /// New and changed issues.
    pub issues: i64,
    /// New and changed pull requests.
    pub pulls: i64,
    /// Everything that changed on GitHub until then is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<DateTime<Utc>>,
    /// Whether there is nothing more to read.
    pub whole: bool,
    /// When, by the node's clock.
    pub at: DateTime<Utc>,
}

/// Its issues could not be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RepositorySyncFailed {
    /// Owner and name.
    pub full_name: String,
    /// Why.
    pub reason: String,
}

events! {
    /// The events of one repository.
    pub enum RepositoryEvent for "repository" {
        RepositoryRegistered = "repository_registered" @ "1",
        RepositoryActivated = "repository_activated" @ "1",
        RepositoryDeactivated = "repository_deactivated" @ "1",
        RepositoryRemoved = "repository_removed" @ "1",
        RepositorySyncRequested = "repository_sync_requested" @ "1",
        RepositoryLinked = "repository_linked" @ "1",
        RepositoryLinkFailed = "repository_link_failed" @ "1",
        RepositorySynced = "repository_synced" @ "1",
        RepositorySyncFailed = "repository_sync_failed" @ "1",
    }
}

/// An issue is new, or another one than it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IssueSynced {
    /// The repository's id.
    pub repository_id: RepositoryId,
    /// The repository's full name.
    pub repository: String,
    /// Its number there.
    pub number: i64,
    /// What it is like.
    pub issue: IssueFacts,
    /// `P0` to `P3`, from a label of that name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
}

/// A pull request is new, or another one than it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PullRequestSynced {
    /// The repository's id.
    pub repository_id: RepositoryId,
    /// The repository's full name.
    pub repository: String,
    /// Its number there.
    pub number: i64,
    /// What it is like.
    pub pull_request: PullRequestFacts,
}

events! {
    /// The events of one issue or pull request.
    pub enum IssueEvent for "issue" {
        IssueSynced = "issue_synced" @ "1",
        PullRequestSynced = "pull_request_synced" @ "1",
    }
}
