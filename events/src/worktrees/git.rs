//! The repository that is observed: its commits and tags. Names and addresses of people are not
//! part of it.

use chrono::{DateTime, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{commands, events};

/// A commit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ObservedCommit")]
pub struct Commit {
    /// Its full hash.
    #[garde(length(chars, min = 7, max = 64))]
    pub commit_sha: String,
    /// The first line of its message.
    #[garde(length(max = 4_096))]
    pub subject: String,
    /// When it was made.
    #[serde(deserialize_with = "crate::time::required")]
    #[garde(skip)]
    pub committed_at: DateTime<Utc>,
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ObservedTag")]
pub struct Tag {
    /// Its name.
    #[garde(length(chars, min = 1, max = 255))]
    pub name: String,
    /// The commit that it names.
    #[garde(length(chars, min = 7, max = 64))]
    pub commit_sha: String,
}

/// The observer saw these commits, oldest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ObserveCommits {
    /// The commits.
    #[garde(length(min = 1, max = 200), dive)]
    pub commits: Vec<Commit>,
}

/// The observer saw these tags.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ObserveTags {
    /// The tags.
    #[garde(length(min = 1, max = 200), dive)]
    pub tags: Vec<Tag>,
}

commands! {
    /// The commands of an observed repository.
    pub enum GitCommand for "git" {
        ObserveCommits = "observe_commits" creates,
        ObserveTags = "observe_tags" creates,
    }
}

/// A commit is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CommitObserved {
    /// Its full hash.
    pub commit_sha: String,
    /// The first line of its message.
    pub subject: String,
    /// When it was made.
    pub committed_at: DateTime<Utc>,
}

/// A tag is there, or names another commit than before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TagObserved {
    /// Its name.
    pub name: String,
    /// The commit that it names.
    pub commit_sha: String,
}

events! {
    /// The events of an observed repository.
    pub enum GitEvent for "git" {
        CommitObserved = "commit_observed" @ "1",
        TagObserved = "tag_observed" @ "1",
    }
}
