//! What happened to a worktree. Every event names its branch.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::events;

/// A worktree was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorktreeRequested {
    /// The branch.
    pub branch: String,
    /// The branch that it starts from.
    pub base_branch: String,
    /// Where it is to be.
    pub path: String,
    /// The issue that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue_number: Option<i64>,
    /// Who asked.
    pub requested_by: String,
    /// When, by the node's clock.
    pub at: DateTime<Utc>,
}

/// Git made it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorktreeCreated {
    /// The branch.
    pub branch: String,
    /// Where it is.
    pub path: String,
    /// When, by the node's clock.
    pub at: DateTime<Utc>,
}

/// Git did not make it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorktreeFailed {
    /// The branch.
    pub branch: String,
    /// Why.
    pub reason: String,
    /// When, by the node's clock.
    pub at: DateTime<Utc>,
}

/// It is there, and Pantheon did not make it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorktreeObserved {
    /// The branch.
    pub branch: String,
    /// Where it is.
    pub path: String,
    /// When, by the node's clock.
    pub at: DateTime<Utc>,
}

/// An execution works in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorktreeOccupied {
    /// The branch.
    pub branch: String,
    /// The agent's type.
    pub agent_type: String,
    /// The execution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_id: Option<Uuid>,
    /// The issue that it works on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue_number: Option<i64>,
    /// When, by the node's clock.
    pub at: DateTime<Utc>,
}

macro_rules! of_a_worktree {
    ($($(#[$meta:meta])* $Name:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        pub struct $Name {
            /// The branch.
            pub branch: String,
            /// The type of the agent that worked in it last.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub agent_type: Option<String>,
            /// When, by the node's clock.
            pub at: DateTime<Utc>,
        }
    )+};
}

of_a_worktree! {
    /// The execution works in it no more.
    WorktreeReleased;
    /// The execution succeeded.
    WorktreeCompleted;
}

/// It is gone, or is to go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorktreeRemoved {
    /// The branch, which stays.
    pub branch: String,
    /// Where it was.
    pub path: String,
    /// When, by the node's clock.
    pub at: DateTime<Utc>,
}

events! {
    /// The events of one worktree.
    pub enum WorktreeEvent for "worktree" {
        WorktreeRequested = "worktree_requested" @ "1",
        WorktreeCreated = "worktree_created" @ "1",
        WorktreeFailed = "worktree_failed" @ "1",
        WorktreeObserved = "worktree_observed" @ "1",
        WorktreeOccupied = "worktree_occupied" @ "1",
        WorktreeReleased = "worktree_released" @ "1",
        WorktreeCompleted = "worktree_completed" @ "1",
        WorktreeRemoved = "worktree_removed" @ "1",
    }
}
