//! What members are, and whose the organisation is.

use pantheon_events::UserId;
use pantheon_events::organizations::{
    ChangeMemberRole, OrgRole, OrganizationCommand, OrganizationEvent,
    OrganizationMemberRoleChanged, OrganizationOwnershipTransferred,
};

use super::super::asker::asker;
use super::super::{Organization, OrganizationError};
use crate::domain::Asked;

pub(in super::super) fn change_role(
    organization: &Organization,
    command: &ChangeMemberRole,
) -> Result<Vec<OrganizationEvent>, OrganizationError> {
    let from = organization.member(command.user_id)?.role;
    if from == command.role {
        return Ok(Vec::new());
    }
    if from == OrgRole::Owner {
        return Err(OrganizationError::LastOwner);
    }
    if command.role == OrgRole::Owner {
        return Err(OrganizationError::OwnerIsHandedOver);
    }
    Ok(vec![
        OrganizationMemberRoleChanged {
            user_id: command.user_id,
            from,
            to: command.role,
        }
        .into(),
    ])
}

pub(in super::super) fn transfer(
    organization: &Organization,
    asked: &Asked<OrganizationCommand>,
    to: UserId,
) -> Result<Vec<OrganizationEvent>, OrganizationError> {
    let from = organization.owner();
    if from.is_none() || from != asker(asked) {
        return Err(OrganizationError::OwnerOnly);
    }
    if from == Some(to) {
        return Ok(Vec::new());
    }
    organization.member(to)?;
    if !organization.is_active_member(to) {
        return Err(OrganizationError::NotActive);
    }
    Ok(vec![OrganizationOwnershipTransferred { from, to }.into()])
}

#[cfg(test)]
mod tests {
    use pantheon_events::organizations::TransferOwnership;

    use super::super::given::{ada, bob, by, history, invited, made, two};
    use super::*;

    fn make(user_id: UserId, role: OrgRole) -> ChangeMemberRole {
        ChangeMemberRole { user_id, role }
    }

    #[tokio::test]
    async fn a_member_becomes_an_admin() {
        let changed = OrganizationMemberRoleChanged {
            user_id: bob(),
            from: OrgRole::Member,
            to: OrgRole::Admin,
        };
        history(two(OrgRole::Member))
            .when_async(by(ada(), make(bob(), OrgRole::Admin)))
            .await
            .then_expect_events(vec![changed.into()]);
    }

    #[tokio::test]
    async fn the_owner_is_not_demoted_and_nobody_is_made_a_second_one() {
        history(two(OrgRole::Member))
            .when_async(by(ada(), make(ada(), OrgRole::Admin)))
            .await
            .then_expect_error(OrganizationError::LastOwner);
        history(two(OrgRole::Member))
            .when_async(by(ada(), make(bob(), OrgRole::Owner)))
            .await
            .then_expect_error(OrganizationError::OwnerIsHandedOver);
    }

    #[tokio::test]
    async fn only_the_owner_hands_it_over_and_only_to_somebody_who_is_in() {
        let give = |by_whom| by(by_whom, TransferOwnership { user_id: bob() });
        let handed = OrganizationOwnershipTransferred {
            from: Some(ada()),
            to: bob(),
        };
        history(two(OrgRole::Member))
            .when_async(give(ada()))
            .await
            .then_expect_events(vec![handed.into()]);
        history(two(OrgRole::Admin))
            .when_async(give(bob()))
            .await
            .then_expect_error(OrganizationError::OwnerOnly);
        history(vec![made(), invited(bob(), OrgRole::Member)])
            .when_async(give(ada()))
            .await
            .then_expect_error(OrganizationError::NotActive);
    }
}
