//! Why a repository or an issue is not as somebody wants it.

use pantheon_events::Refusal;

use crate::domain::RuleError;

/// The refusals of repositories and issues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RepositoryError {
    /// The id is not that of the name.
    #[error(
        "A repository's id follows from its full name; this is another one. Use /repositories."
    )]
    OtherId,
    /// It was let go, or never taken up.
    #[error("there is no such repository")]
    NotThere,
    /// GitHub's answer has neither a number nor a reason.
    #[error("name GitHub's number for the repository, or why there is none")]
    NothingSaid,
}

impl RuleError for RepositoryError {
    fn refusal(&self) -> Refusal {
        match self {
            Self::OtherId => Refusal::invalid("id", self.to_string()),
            Self::NotThere => Refusal::not_found(),
            Self::NothingSaid => Refusal::invalid("github_repo_id", self.to_string()),
        }
    }
}
