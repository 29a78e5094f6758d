//! Why a team says no.

use pantheon_events::Refusal;

use crate::domain::RuleError;

/// The refusals of teams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TeamError {
    /// The slug has a team, or had one.
    #[error("There is, or was, a team with this slug here. Choose another slug.")]
    AlreadyExists,
    /// It was deleted.
    #[error("The team was deleted.")]
    Deleted,
    /// The stream is not the slug's.
    #[error(
        "A team's id follows from the organisation and its slug: use POST /api/v1/organizations/{{org_id}}/teams."
    )]
    OtherId,
    /// They are not in the team.
    #[error("There is no such member in this team.")]
    NoSuchMember,
}

impl RuleError for TeamError {
    fn refusal(&self) -> Refusal {
        let message = self.to_string();
        match self {
            Self::AlreadyExists => Refusal::already_exists(message),
            Self::Deleted | Self::NoSuchMember => Refusal::not_found(),
            Self::OtherId => Refusal::rule("other_id", message),
        }
    }
}
