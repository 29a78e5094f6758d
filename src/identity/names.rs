//! Claiming the names of an account, so that no two accounts have one.

use pantheon_events::users::{ClaimLoginName, NameKey, NameKind};
use pantheon_events::{CommandContext, UserId};

use super::IdentityError;
use crate::app::App;
use crate::domain::users::LoginName;
use crate::store::DispatchError;

/// Claims a name for an account; false = it is somebody else's.
pub(super) async fn claim(
    app: &App,
    by: &CommandContext,
    user_id: UserId,
    kind: NameKind,
    name: &NameKey,
) -> Result<bool, IdentityError> {
    let id = name.as_str();
    let held = app.commands.login_names.load(id).await?.aggregate;
    let abandoned_by = abandoned(app, &held, user_id).await?;
    let command = ClaimLoginName {
        user_id,
        kind,
        abandoned_by,
    };
    // A repeat of the same request may find the name in another state: its body is the account.
    let step = match abandoned_by {
        Some(holder) => format!("claim {id} of {holder}"),
        None => format!("claim {id}"),
    };
    let by = by.own_step(&step);
    match app.commands.login_names.dispatch(id, command, by).await {
        Ok(_) => Ok(true),
        Err(DispatchError::Refused { refusal, .. }) if refusal.code == "already_exists" => {
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

/// Whoever claimed the name, when no account came of it.
async fn abandoned(
    app: &App,
    held: &LoginName,
    user_id: UserId,
) -> Result<Option<UserId>, IdentityError> {
    let Some(holder) = held.holder.filter(|holder| *holder != user_id) else {
        return Ok(None);
    };
    let user = app.commands.users.load(&holder.to_string()).await?;
    Ok(Some(holder).filter(|_| !user.aggregate.exists()))
}
