//! What can be asked of a repository, and what is recorded of its issues.

use chrono::{DateTime, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FULL_NAME, IssueFacts, LinkFailure, PullRequestFacts, is_full_name};
use crate::commands;

/// Takes a repository up; one that was put aside is taken up again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RegisterRepository {
    /// `owner/name`, as on GitHub.
    #[schemars(regex(pattern = FULL_NAME))]
    #[garde(custom(is_full_name))]
    pub full_name: String,
}

/// Puts a repository aside, or takes it up again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct UpdateRepository {
    /// Whether it is worked on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub is_active: Option<bool>,
}

/// Lets a repository go.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RemoveRepository {}

/// Asks for its issues to be read again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RequestRepositorySync")]
pub struct RequestSync {}

/// What GitHub says of a repository: its number and its main branch, or why it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct LinkRepository {
    /// GitHub's number for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 1))]
    pub github_repo_id: Option<i64>,
    /// Its main branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 255))]
    pub default_branch: Option<String>,
    /// Why there is no number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub failure: Option<LinkFailure>,
}

/// Its issues were read, or could not be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RecordSync {
    /// New and changed issues.
    #[serde(default)]
    #[garde(range(min = 0))]
    pub issues: i64,
    /// New and changed pull requests.
    #[serde(default)]
    #[garde(range(min = 0))]
    pub pulls: i64,
    /// Everything that changed on GitHub until then is known.
    #[serde(
        default,
        deserialize_with = "crate::time::optional",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(skip)]
    pub through: Option<DateTime<Utc>>,
    /// Whether there is nothing more to read.
    #[serde(default)]
    #[garde(skip)]
    pub whole: bool,
    /// Why they could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 255))]
    pub error: Option<String>,
}

commands! {
    /// The commands of one repository.
    pub enum RepositoryCommand for "repository" {
        RegisterRepository = "register_repository" creates,
        UpdateRepository = "update_repository",
        RemoveRepository = "remove_repository",
        RequestSync = "request_sync",
        LinkRepository = "link_repository",
        RecordSync = "record_sync",
    }
}

/// What an issue is like on GitHub now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SyncIssue {
    /// The repository's full name.
    #[schemars(regex(pattern = FULL_NAME))]
    #[garde(custom(is_full_name))]
    pub repository: String,
    /// What is known of it.
    #[garde(dive)]
    pub issue: IssueFacts,
}

/// What a pull request is like on GitHub now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SyncPullRequest {
    /// The repository's full name.
    #[schemars(regex(pattern = FULL_NAME))]
    #[garde(custom(is_full_name))]
    pub repository: String,
    /// What is known of it.
    #[garde(dive)]
    pub pull_request: PullRequestFacts,
}

commands! {
    /// The commands of one issue or pull request.
    pub enum IssueCommand for "issue" {
        SyncIssue = "sync_issue" creates,
        SyncPullRequest = "sync_pull_request" creates,
    }
}
