//! The next pair of tokens, and acting elsewhere.

use pantheon_events::sessions::{RefreshSession, SwitchOrganization};
use pantheon_events::{CommandContext, TenantId};

use super::belonging::standing;
use super::tokens::{Refresh, issue};
use super::{IdentityError, Tokens, on_behalf};
use crate::app::App;
use crate::auth::Session;
use crate::store::DispatchError;

/// A new pair for a refresh token. One that was used longer ago ends the whole session: somebody
/// else has it.
pub async fn refresh(app: &App, shown: &str) -> Result<Tokens, IdentityError> {
    let (session, shown) = Refresh::shown(shown)?;
    let next = Refresh::new(session);
    let sessions = &app.commands.sessions;
    let id = session.to_string();
    let command = RefreshSession {
        shown,
        token_digest: next.digest.clone(),
    };
    let by = CommandContext {
        record_refusals: false,
        ..on_behalf(&id, "refresh")
    };
    let receipt = match sessions.dispatch(&id, command, by).await {
        Ok(receipt) => receipt,
        Err(DispatchError::Refused { .. }) => return Err(IdentityError::InvalidToken),
        Err(error) => return Err(error.into()),
    };
    let state = sessions.load(&id).await?.aggregate;
    if state.ended.is_some() {
        app.accounts.ended(session, app.clock.now());
        return Err(IdentityError::InvalidToken);
    }
    let user_id = state.user_id.ok_or(IdentityError::InvalidToken)?;
    issue(app, user_id, state.organization_id, &next, receipt).await
}

/// Lets a session act in another organisation, or in the personal space.
pub async fn switch_organization(
    app: &App,
    session: Session,
    organization_id: Option<TenantId>,
) -> Result<Tokens, IdentityError> {
    if let Some(tenant) = organization_id {
        let known = app.log.head();
        let there = standing(app, session.user, session.role, tenant, known).await;
        if there.is_none() {
            return Err(IdentityError::NotAMember);
        }
    }
    let next = Refresh::new(session.id);
    let command = SwitchOrganization {
        organization_id,
        token_digest: next.digest.clone(),
    };
    let id = session.id.to_string();
    let by = on_behalf(&session.user.to_string(), "switch_organization");
    let sessions = &app.commands.sessions;
    let receipt = match sessions.dispatch(&id, command, by).await {
        Ok(receipt) => receipt,
        Err(DispatchError::Refused { .. }) => return Err(IdentityError::InvalidToken),
        Err(error) => return Err(error.into()),
    };
    issue(app, session.user, organization_id, &next, receipt).await
}
