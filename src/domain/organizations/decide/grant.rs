//! Permissions beside the role. Whether a code exists, and whether the owner holds it, is known to the
//! registry of permissions; a step before the command asks there.

use pantheon_events::TenantId;
use pantheon_events::organizations::{
    GrantPermission, OrganizationCommand, OrganizationEvent, OrganizationPermissionGranted,
    OrganizationPermissionRevoked, RevokePermission,
};

use super::super::asker::asker;
use super::super::{Organization, OrganizationError};
use crate::domain::Asked;

pub(in super::super) fn grant(
    organization: &Organization,
    asked: &Asked<OrganizationCommand>,
    command: &GrantPermission,
) -> Result<Vec<OrganizationEvent>, OrganizationError> {
    owns(organization, asked)?;
    if command.expires_at.is_some_and(|ends| ends <= asked.at) {
        return Err(OrganizationError::AlreadyOver);
    }
    let grants = &organization.member(command.user_id)?.grants;
    if grants.get(&command.permission) == Some(&command.expires_at) {
        return Ok(Vec::new());
    }
    Ok(vec![
        OrganizationPermissionGranted {
            user_id: command.user_id,
            permission: command.permission.clone(),
            expires_at: command.expires_at,
        }
        .into(),
    ])
}

pub(in super::super) fn revoke(
    organization: &Organization,
    asked: &Asked<OrganizationCommand>,
    command: &RevokePermission,
) -> Result<Vec<OrganizationEvent>, OrganizationError> {
    owns(organization, asked)?;
    let grants = &organization.member(command.user_id)?.grants;
    if !grants.contains_key(&command.permission) {
        return Ok(Vec::new());
    }
    Ok(vec![
        OrganizationPermissionRevoked {
            user_id: command.user_id,
            permission: command.permission.clone(),
        }
        .into(),
    ])
}

/// The default organisation has no owner: its admins are the operators.
fn owns(
    organization: &Organization,
    asked: &Asked<OrganizationCommand>,
) -> Result<(), OrganizationError> {
    let owner = organization.owner();
    let operator = asked.by.tenant == TenantId::default_organization()
        && owner.is_none()
        && asked.by.role == Some("admin");
    match operator || (owner.is_some() && owner == asker(asked)) {
        true => Ok(()),
        false => Err(OrganizationError::OwnerOnly),
    }
}

#[cfg(test)]
mod tests {
    use pantheon_events::organizations::OrgRole;

    use super::super::given::{ada, bob, by, history, two};
    use super::*;

    fn give() -> GrantPermission {
        GrantPermission {
            user_id: bob(),
            permission: "tasks.delete".to_owned(),
            expires_at: None,
        }
    }

    fn given() -> OrganizationEvent {
        OrganizationPermissionGranted {
            user_id: bob(),
            permission: "tasks.delete".to_owned(),
            expires_at: None,
        }
        .into()
    }

    #[tokio::test]
    async fn the_owner_gives_once_and_takes_back() {
        history(two(OrgRole::Member))
            .when_async(by(ada(), give()))
            .await
            .then_expect_events(vec![given()]);
        let mut events = two(OrgRole::Member);
        events.push(given());
        history(events.clone())
            .when_async(by(ada(), give()))
            .await
            .then_expect_events(vec![]);
        let take = RevokePermission {
            user_id: bob(),
            permission: "tasks.delete".to_owned(),
        };
        let taken = OrganizationPermissionRevoked {
            user_id: bob(),
            permission: "tasks.delete".to_owned(),
        };
        history(events)
            .when_async(by(ada(), take))
            .await
            .then_expect_events(vec![taken.into()]);
    }

    #[tokio::test]
    async fn an_admin_is_not_the_owner() {
        history(two(OrgRole::Admin))
            .when_async(by(bob(), give()))
            .await
            .then_expect_error(OrganizationError::OwnerOnly);
    }
}
