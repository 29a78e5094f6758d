//! What can be done with a worktree.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::commands;

/// Asks for a worktree of a branch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RequestWorktree {
    /// The branch; made when it is not there.
    #[garde(length(chars, min = 1, max = 1_024))]
    pub branch: String,
    /// The branch that it starts from; `main` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 1_024))]
    pub base_branch: Option<String>,
    /// The issue that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 1))]
    pub issue_number: Option<i64>,
    /// Where it is to be. Pantheon says so, whatever is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 4_096))]
    pub path: Option<String>,
}

/// Git made it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ConfirmWorktree {}

/// Git did not make it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct FailWorktree {
    /// Why.
    #[garde(length(chars, min = 1, max = 1_024))]
    pub reason: String,
}

/// It is there, and Pantheon did not make it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ObserveWorktree {
    /// Its branch.
    #[garde(length(chars, min = 1, max = 1_024))]
    pub branch: String,
    /// Where it is.
    #[garde(length(chars, min = 1, max = 4_096))]
    pub path: String,
}

/// An execution works in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct OccupyWorktree {
    /// The agent's type.
    #[garde(length(chars, min = 1, max = 64))]
    pub agent_type: String,
    /// The execution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub execution_id: Option<Uuid>,
    /// The issue that it works on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 1))]
    pub issue_number: Option<i64>,
}

/// The execution works in it no more.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ReleaseWorktree {
    /// The execution; anybody's when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub execution_id: Option<Uuid>,
}

/// The execution succeeded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CompleteWorktree {
    /// The execution; anybody's when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub execution_id: Option<Uuid>,
}

/// Removes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RemoveWorktree {
    /// Also while an execution works in it.
    #[serde(default)]
    #[garde(skip)]
    pub force: bool,
}

commands! {
    /// The commands of one worktree.
    pub enum WorktreeCommand for "worktree" {
        RequestWorktree = "request_worktree" creates,
        ConfirmWorktree = "confirm_worktree",
        FailWorktree = "fail_worktree",
        ObserveWorktree = "observe_worktree" creates,
        OccupyWorktree = "occupy_worktree",
        ReleaseWorktree = "release_worktree",
        CompleteWorktree = "complete_worktree",
        RemoveWorktree = "remove_worktree",
    }
}
