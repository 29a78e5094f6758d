//! Why an approval or a policy says no.

use pantheon_events::{ApprovalId, Refusal};

use crate::domain::RuleError;

/// The refusals of approvals and policies.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalError {
    /// The subject waits for a decision.
    #[error("An approval of this is pending. Wait for its decision, or cancel it first.")]
    AlreadyPending,
    /// The stream is not the subject's.
    #[error("An approval of this has the id {0}. Use that one, or send the request to /approvals.")]
    OtherId(ApprovalId),
    /// No rule asks for one.
    #[error("No rule of a policy asks for an approval of this, so none can be requested.")]
    NoPolicy,
    /// Too few people could ever say yes.
    #[error(
        "Stage {0:?} needs more people than may decide it beside the requester. Name more of them, or require fewer."
    )]
    Unsatisfiable(String),
    /// A policy's part breaks a limit.
    #[error("{message}")]
    Malformed {
        /// The field.
        field: &'static str,
        /// What is wrong.
        message: &'static str,
    },
    /// Only people decide.
    #[error("Only a person decides an approval.")]
    NotHuman,
    /// The open stage does not name the caller.
    #[error("The open stage of this approval does not name you.")]
    NotNamed,
    /// The caller asked for it.
    #[error("Whoever requested an approval cannot decide it. Ask somebody else.")]
    FourEyes,
    /// The caller has decided before.
    #[error("You have decided this approval already; one person counts once.")]
    AlreadyDecided,
    /// It is over.
    #[error("This approval is {0}, so nothing about it can change.")]
    Closed(&'static str),
    /// Only the requester or an administrator takes it back.
    #[error("Only the requester or an administrator cancels an approval.")]
    NotRequester,
    /// It is nothing that the caller may know of.
    #[error("There is nothing with this id.")]
    NotVisible,
    /// It was not approved.
    #[error("The approval is {0}. Only an approved one can be used.")]
    NotApproved(&'static str),
    /// Something else than what was shown, or too late.
    #[error("What is to be done is no longer what was approved. Request a new approval.")]
    Stale,
    /// It was used.
    #[error("The approval was used already; it authorises one execution. Request a new one.")]
    Consumed,
}

impl RuleError for ApprovalError {
    fn refusal(&self) -> Refusal {
        let message = self.to_string();
        let code = match self {
            Self::AlreadyPending => return Refusal::already_exists(message),
            Self::NotVisible => return Refusal::not_found(),
            Self::Malformed { field, .. } => return Refusal::invalid(field, message),
            Self::OtherId(_) => return Refusal::invalid("id", message),
            Self::NotNamed | Self::NotRequester | Self::NotHuman => {
                return Refusal::forbidden(message);
            }
            Self::NoPolicy => "no_policy",
            Self::Unsatisfiable(_) => "stage_unsatisfiable",
            Self::FourEyes => "four_eyes",
            Self::AlreadyDecided => "already_decided",
            Self::Closed(_) => "approval_closed",
            Self::NotApproved(_) => "approval_not_approved",
            Self::Stale => "approval_stale",
            Self::Consumed => "approval_consumed",
        };
        Refusal::rule(code, message)
    }
}
