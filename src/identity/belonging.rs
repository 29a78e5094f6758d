//! Where somebody's sign-in leads, and bringing new accounts into an organisation.

use std::time::Duration;

use pantheon_events::organizations::{AcceptInvitation, InviteMember, OrgRole};
use pantheon_events::{CommandContext, Position, TenantId, UserId};
use pantheon_projections::sessions;

use super::IdentityError;
use super::sign_in::account;
use super::tokens::role;
use crate::app::App;
use crate::auth::{Role, Session, Standing};
use crate::domain::users::User;

/// How long a sign-in waits until the memberships are known up to what it rests on.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// How somebody stands in an organisation, once the memberships are known up to `known`.
pub(super) async fn standing(
    app: &App,
    user: UserId,
    role: Role,
    tenant: TenantId,
    known: Position,
) -> Option<Standing> {
    let members = app.auth.members();
    members.reached(known, PATIENCE).await;
    let who = Session {
        id: pantheon_events::SessionId::new(uuid::Uuid::nil()),
        user,
        role,
        known,
    };
    members.standing(&who, tenant, app.clock.now())
}

/// Where a sign-in leads: the organisation used last, else the only one, else (`None`) the personal space.
pub(super) async fn first_organization(
    app: &App,
    user_id: UserId,
    user: &User,
) -> Result<Option<TenantId>, IdentityError> {
    let role = role(user);
    let stands = |tenant| standing(app, user_id, role, tenant, Position::ZERO);
    let last = sessions::last_organization(&app.reads, user_id).await?;
    match last.map(TenantId::new) {
        Some(last) if stands(last).await.is_some() => return Ok(Some(last)),
        _ => {}
    }
    let members = app.auth.members().of(user_id);
    let mut of: Vec<_> = members.into_iter().map(|(tenant, _)| tenant).collect();
    let default = TenantId::default_organization();
    if !of.contains(&default) && stands(default).await.is_some() {
        of.push(default);
    }
    match of.as_slice() {
        [only] => Ok(Some(*only)),
        _ => Ok(None),
    }
}

/// The account that goes by a name.
pub async fn find_by_name(app: &App, name: &str) -> Result<Option<UserId>, IdentityError> {
    let key = app.personal.name_key(name).await?;
    Ok(account(app, &key).await?.map(|(id, _)| id))
}

/// Brings a new account into the organisation that new accounts join, as a viewer. Its steps have ids of
/// their own, so a repeated registration repeats them without effect.
pub(super) async fn join(app: &App, by: &CommandContext, user_id: UserId) {
    let Some(slug) = app.config.registration_organization.as_deref() else {
        return;
    };
    let tenant = TenantId::of_slug(slug);
    let id = tenant.to_string();
    let by = |step: &str| CommandContext {
        tenant,
        ..by.own_step(step)
    };
    let organizations = &app.commands.organizations;
    let invite = InviteMember {
        user_id,
        role: OrgRole::Viewer,
    };
    let accept = AcceptInvitation { user_id };
    let asked = organizations
        .dispatch(&id, invite, by("join: invite"))
        .await;
    let joined = match asked {
        Ok(_) => {
            organizations
                .dispatch(&id, accept, by("join: accept"))
                .await
        }
        Err(error) => Err(error),
    };
    match joined {
        Ok(receipt) => {
            app.auth.members().reached(receipt.position, PATIENCE).await;
        }
        Err(error) => tracing::warn!(
            %error, slug,
            "a new account could not join the organisation that PANTHEON_REGISTRATION_ORGANIZATION names"
        ),
    }
}
