//! Answering an invitation: only who was invited does.

use pantheon_events::UserId;
use pantheon_events::organizations::{
    MemberStatus, OrganizationCommand, OrganizationEvent, OrganizationMemberDeclined,
    OrganizationMemberJoined,
};

use super::super::asker::{asker, is_own_part};
use super::super::{Member, Organization, OrganizationError};
use crate::domain::Asked;

pub(in super::super) fn accept(
    organization: &Organization,
    asked: &Asked<OrganizationCommand>,
    user_id: UserId,
) -> Result<Vec<OrganizationEvent>, OrganizationError> {
    let member = invited(organization, asked, user_id)?;
    // A repeat finds them in.
    if member.status != MemberStatus::Invited {
        return Ok(Vec::new());
    }
    let role = member.role;
    Ok(vec![OrganizationMemberJoined { user_id, role }.into()])
}

pub(in super::super) fn decline(
    organization: &Organization,
    asked: &Asked<OrganizationCommand>,
    user_id: UserId,
) -> Result<Vec<OrganizationEvent>, OrganizationError> {
    let member = invited(organization, asked, user_id)?;
    if member.status != MemberStatus::Invited {
        return Err(OrganizationError::NoSuchMember);
    }
    Ok(vec![OrganizationMemberDeclined { user_id }.into()])
}

fn invited<'o>(
    organization: &'o Organization,
    asked: &Asked<OrganizationCommand>,
    user_id: UserId,
) -> Result<&'o Member, OrganizationError> {
    if asker(asked) != Some(user_id) && !is_own_part(asked) {
        return Err(OrganizationError::NotTheInvited);
    }
    organization.member(user_id)
}

#[cfg(test)]
mod tests {
    use pantheon_events::organizations::{AcceptInvitation, DeclineInvitation, OrgRole};

    use super::super::given::{ada, bob, by, history, invited, joined, made, two};
    use super::*;

    #[tokio::test]
    async fn the_invited_joins_and_a_repeat_changes_nothing() {
        let accept = || by(bob(), AcceptInvitation { user_id: bob() });
        history(vec![made(), invited(bob(), OrgRole::Viewer)])
            .when_async(accept())
            .await
            .then_expect_events(vec![joined(bob(), OrgRole::Viewer)]);
        history(two(OrgRole::Viewer))
            .when_async(accept())
            .await
            .then_expect_events(vec![]);
    }

    #[tokio::test]
    async fn nobody_answers_for_another() {
        history(vec![made(), invited(bob(), OrgRole::Viewer)])
            .when_async(by(ada(), AcceptInvitation { user_id: bob() }))
            .await
            .then_expect_error(OrganizationError::NotTheInvited);
    }

    #[tokio::test]
    async fn an_invitation_is_turned_down_and_a_membership_is_not() {
        let decline = || by(bob(), DeclineInvitation { user_id: bob() });
        let declined = OrganizationMemberDeclined { user_id: bob() };
        history(vec![made(), invited(bob(), OrgRole::Viewer)])
            .when_async(decline())
            .await
            .then_expect_events(vec![declined.into()]);
        history(two(OrgRole::Viewer))
            .when_async(decline())
            .await
            .then_expect_error(OrganizationError::NoSuchMember);
    }
}
