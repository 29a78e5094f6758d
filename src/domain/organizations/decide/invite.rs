//! Asking somebody to join.

use pantheon_events::organizations::{
    InviteMember, OrgRole, OrganizationEvent, OrganizationMemberInvited,
};

use super::super::{Organization, OrganizationError};

pub(in super::super) fn invite(
    organization: &Organization,
    command: &InviteMember,
) -> Result<Vec<OrganizationEvent>, OrganizationError> {
    if command.role == OrgRole::Owner {
        return Err(OrganizationError::InvitedOwner);
    }
    if organization.members.contains_key(&command.user_id) {
        return Err(OrganizationError::AlreadyMember);
    }
    let most = organization.plan.max_members();
    let places = usize::try_from(most).ok();
    if places.is_some_and(|places| organization.members.len() >= places) {
        return Err(OrganizationError::MemberLimit(most));
    }
    Ok(vec![
        OrganizationMemberInvited {
            user_id: command.user_id,
            role: command.role,
        }
        .into(),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::given::{ada, bob, by, history, invited, made, somebody};
    use super::*;

    fn ask(user_id: pantheon_events::UserId, role: OrgRole) -> InviteMember {
        InviteMember { user_id, role }
    }

    #[tokio::test]
    async fn somebody_is_asked_once() {
        history(vec![made()])
            .when_async(by(ada(), ask(bob(), OrgRole::Member)))
            .await
            .then_expect_events(vec![invited(bob(), OrgRole::Member)]);
        history(vec![made(), invited(bob(), OrgRole::Member)])
            .when_async(by(ada(), ask(bob(), OrgRole::Viewer)))
            .await
            .then_expect_error(OrganizationError::AlreadyMember);
    }

    #[tokio::test]
    async fn nobody_is_invited_as_the_owner() {
        history(vec![made()])
            .when_async(by(ada(), ask(bob(), OrgRole::Owner)))
            .await
            .then_expect_error(OrganizationError::InvitedOwner);
    }

    #[tokio::test]
    async fn a_free_plan_has_five_places() {
        let mut events = vec![made()];
        events.extend((2..6).map(|n| invited(somebody(n), OrgRole::Member)));
        history(events)
            .when_async(by(ada(), ask(somebody(9), OrgRole::Member)))
            .await
            .then_expect_error(OrganizationError::MemberLimit(5));
    }
}
