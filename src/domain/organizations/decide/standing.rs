//! Shutting members out for now, letting them in again, and ending memberships. The owner stays.

use pantheon_events::UserId;
use pantheon_events::organizations::{
    MemberStatus, OrgRole, OrganizationEvent, OrganizationMemberReinstated,
    OrganizationMemberRemoved, OrganizationMemberSuspended,
};

use super::super::{Member, Organization, OrganizationError};

pub(in super::super) fn suspend(
    organization: &Organization,
    user_id: UserId,
) -> Result<Vec<OrganizationEvent>, OrganizationError> {
    match not_the_owner(organization, user_id)?.status {
        MemberStatus::Active => Ok(vec![OrganizationMemberSuspended { user_id }.into()]),
        MemberStatus::Suspended => Ok(Vec::new()),
        MemberStatus::Invited => Err(OrganizationError::NotActive),
    }
}

pub(in super::super) fn reinstate(
    organization: &Organization,
    user_id: UserId,
) -> Result<Vec<OrganizationEvent>, OrganizationError> {
    match organization.member(user_id)?.status {
        MemberStatus::Suspended => Ok(vec![OrganizationMemberReinstated { user_id }.into()]),
        MemberStatus::Active => Ok(Vec::new()),
        MemberStatus::Invited => Err(OrganizationError::NotActive),
    }
}

pub(in super::super) fn remove(
    organization: &Organization,
    user_id: UserId,
) -> Result<Vec<OrganizationEvent>, OrganizationError> {
    not_the_owner(organization, user_id)?;
    Ok(vec![OrganizationMemberRemoved { user_id }.into()])
}

fn not_the_owner(
    organization: &Organization,
    user_id: UserId,
) -> Result<&Member, OrganizationError> {
    let member = organization.member(user_id)?;
    match member.role {
        OrgRole::Owner => Err(OrganizationError::LastOwner),
        _ => Ok(member),
    }
}

#[cfg(test)]
mod tests {
    use pantheon_events::organizations::{ReinstateMember, RemoveMember, SuspendMember};

    use super::super::given::{ada, bob, by, history, somebody, two};
    use super::*;

    #[tokio::test]
    async fn a_member_is_shut_out_and_let_in_again() {
        let out = OrganizationMemberSuspended { user_id: bob() };
        let back = OrganizationMemberReinstated { user_id: bob() };
        history(two(OrgRole::Member))
            .when_async(by(ada(), SuspendMember { user_id: bob() }))
            .await
            .then_expect_events(vec![out.clone().into()]);
        let mut events = two(OrgRole::Member);
        events.push(out.into());
        history(events)
            .when_async(by(ada(), ReinstateMember { user_id: bob() }))
            .await
            .then_expect_events(vec![back.into()]);
    }

    #[tokio::test]
    async fn the_owner_stays() {
        history(two(OrgRole::Admin))
            .when_async(by(bob(), RemoveMember { user_id: ada() }))
            .await
            .then_expect_error(OrganizationError::LastOwner);
        history(two(OrgRole::Admin))
            .when_async(by(bob(), SuspendMember { user_id: ada() }))
            .await
            .then_expect_error(OrganizationError::LastOwner);
    }

    #[tokio::test]
    async fn who_was_never_in_is_not_found() {
        history(two(OrgRole::Admin))
            .when_async(by(
                ada(),
                RemoveMember {
                    user_id: somebody(9),
                },
            ))
            .await
            .then_expect_error(OrganizationError::NoSuchMember);
    }
}
