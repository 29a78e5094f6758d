//! Why a worktree says no.

use pantheon_events::Refusal;

use crate::domain::RuleError;

/// The refusals of worktrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorktreeError {
    /// The stream belongs to another branch or tenant.
    #[error("A worktree's id follows from its branch; this is another one. Use /worktrees.")]
    OtherId,
    /// Git would not take it.
    #[error(
        "This is no name of a branch: see `git help check-ref-format`, and take 200 characters at most."
    )]
    BranchInvalid,
    /// Nobody said where the repository is.
    #[error("No repository is configured. The operator sets PANTHEON_GIT_DIR.")]
    NotConfigured,
    /// There is another one of the branch.
    #[error(
        "There is a worktree of this branch with another base or issue. Remove it first, or take another branch."
    )]
    Exists,
    /// An execution works in it.
    #[error("An execution works in this worktree. Wait for its end, or remove it with `force`.")]
    InUse,
    /// It is not Pantheon's.
    #[error("This worktree was made outside of Pantheon. Remove it with `git worktree remove`.")]
    Outside,
    /// It is gone, or never came to be.
    #[error("There is no such worktree.")]
    Gone,
}

impl RuleError for WorktreeError {
    fn refusal(&self) -> Refusal {
        let message = self.to_string();
        match self {
            Self::OtherId => Refusal::invalid("id", message),
            Self::BranchInvalid => Refusal::rule("branch_invalid", message),
            Self::NotConfigured => Refusal::rule("git_not_configured", message),
            Self::Exists => Refusal::already_exists(message),
            Self::InUse | Self::Outside => Refusal::rule("worktree_in_use", message),
            Self::Gone => Refusal::not_found(),
        }
    }
}
