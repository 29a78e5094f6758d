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
    let abandoned_by = abandoned(app, &held, user_id, kind, name).await?;
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

/// What a GitHub account is claimed by. An `@` without a dot behind it stands in no user name and no
/// address.
pub(super) async fn github_key(app: &App, github_id: i64) -> Result<NameKey, IdentityError> {
    Ok(app
        .personal
        .name_key(&format!("github@{github_id}"))
        .await?)
}

/// Whoever claimed the name, when no account came of it, or one that is not linked to this GitHub account
/// (any more). The rule waits before it believes that: the claim's next step may be on its way.
async fn abandoned(
    app: &App,
    held: &LoginName,
    user_id: UserId,
    kind: NameKind,
    name: &NameKey,
) -> Result<Option<UserId>, IdentityError> {
    let Some(holder) = held.holder.filter(|holder| *holder != user_id) else {
        return Ok(None);
    };
    let user = app.commands.users.load(&holder.to_string()).await?;
    let user = user.aggregate;
    let in_use = match (kind, user.github_id) {
        _ if !user.exists() => false,
        (NameKind::Github, Some(linked)) => github_key(app, linked).await? == *name,
        (NameKind::Github, None) => false,
        _ => true,
    };
    Ok(Some(holder).filter(|_| !in_use))
}
