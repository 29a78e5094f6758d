//! Why an organisation says no.

use pantheon_events::Refusal;

use crate::domain::RuleError;

/// The refusals of organisations.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrganizationError {
    /// The slug has an organisation, or had one.
    #[error("There is, or was, an organisation with this slug. Choose another slug.")]
    AlreadyExists,
    /// It was deleted.
    #[error("The organisation was deleted.")]
    Deleted,
    /// The stream is not the slug's.
    #[error(
        "An organisation's id follows from its slug, and it is made in its own tenant: use POST /api/v1/organizations."
    )]
    OtherId,
    /// The organisation that the installation itself lives in.
    #[error("The default organisation stays.")]
    DefaultOrganization,
    /// An invitation cannot make an owner.
    #[error(
        "Nobody is invited as the owner. Invite them as an admin, then hand the organisation over."
    )]
    InvitedOwner,
    /// They are in, or were asked already.
    #[error("They are a member already, or have been asked to join.")]
    AlreadyMember,
    /// The plan has no more places.
    #[error(
        "The plan has places for {0} members. Remove one, or ask the operator for another plan."
    )]
    MemberLimit(i64),
    /// Nobody of that id has anything to do with it.
    #[error("There is no such member here.")]
    NoSuchMember,
    /// Somebody else's invitation.
    #[error("Only who was invited can answer an invitation.")]
    NotTheInvited,
    /// The owner cannot be removed, suspended or demoted.
    #[error("This is the owner. Hand the organisation over first.")]
    LastOwner,
    /// Only the owner may.
    #[error("Only the owner of the organisation may do this.")]
    OwnerOnly,
    /// A permission that has run out before it is given.
    #[error("this moment has passed; give one that is to come, or leave it out")]
    AlreadyOver,
    /// Hand-over to somebody who is not in.
    #[error("Only an active member can become the owner.")]
    NotActive,
    /// The role `owner` is handed over, not given.
    #[error("An organisation is handed over, by its owner.")]
    OwnerIsHandedOver,
}

impl RuleError for OrganizationError {
    fn refusal(&self) -> Refusal {
        let message = self.to_string();
        match self {
            Self::AlreadyExists | Self::AlreadyMember => Refusal::already_exists(message),
            Self::Deleted | Self::NoSuchMember => Refusal::not_found(),
            Self::NotTheInvited | Self::OwnerOnly => Refusal::forbidden(message),
            Self::OtherId => Refusal::rule("other_id", message),
            Self::DefaultOrganization => Refusal::rule("default_organization", message),
            Self::AlreadyOver => Refusal::invalid("expires_at", message),
            Self::InvitedOwner => Refusal::invalid("role", message),
            Self::MemberLimit(_) => Refusal::rule("member_limit", message),
            Self::LastOwner => Refusal::rule("last_owner", message),
            Self::NotActive => Refusal::rule("not_a_member", message),
            Self::OwnerIsHandedOver => Refusal::rule("owner_is_handed_over", message),
        }
    }
}
