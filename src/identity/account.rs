//! Who somebody is, and changing that.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use pantheon_events::users::{
    AccountRole, ChangePassword, FailureReason, LoginText, NameKey, NameKind, ReleaseLoginName,
    UpdateProfile,
};
use pantheon_events::{CommandContext, Sealed, SessionId, UserId};
use pantheon_projections::users::UserRow;
use secrecy::SecretString;
use uuid::Uuid;

use super::admin::digest;
use super::sign_in::{Whence, clear, note};
use super::sign_up::{check_email, check_password, check_username, keep_password, sealed, text};
use super::{IdentityError, installation, names};
use crate::app::App;
use crate::store::Receipt;

/// An account with its texts opened. Those of an erased person are empty.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields of an account")]
pub struct Person {
    pub id: Uuid,
    pub email: String,
    pub username: String,
    pub full_name: Option<String>,
    pub avatar_url: Option<String>,
    pub github_id: Option<i64>,
    pub role: String,
    pub is_active: bool,
    pub email_verified: bool,
    pub last_login_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Opens what is said about a person.
pub async fn person(app: &App, row: UserRow) -> Result<Person, IdentityError> {
    let open = |text: Option<String>| async move {
        match text {
            Some(text) => app.personal.open(row.id, &text).await,
            None => Ok(None),
        }
    };
    Ok(Person {
        id: row.id,
        email: open(Some(row.email)).await?.unwrap_or_default(),
        username: open(Some(row.username)).await?.unwrap_or_default(),
        full_name: open(row.full_name).await?,
        avatar_url: open(row.avatar_url).await?,
        github_id: row.github_id,
        role: row.role,
        is_active: row.active,
        email_verified: row.email_verified,
        last_login_at: row.last_login_at,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

/// Whose tokens are given out. Those of an erased person are empty.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields of an account")]
pub struct Bearer {
    pub id: UserId,
    pub email: String,
    pub username: String,
    pub full_name: Option<String>,
    pub avatar_url: Option<String>,
    pub github_id: Option<i64>,
    pub role: AccountRole,
}

/// Whose tokens are given out, as committed at this moment: an account that was just made has no row yet.
pub async fn bearer(app: &App, id: UserId) -> Result<Bearer, IdentityError> {
    let user = app.commands.users.load(&id.to_string()).await?.aggregate;
    let open = |text: Option<Sealed>| async move {
        match text {
            Some(text) => app.personal.open(id.as_uuid(), text.as_str()).await,
            None => Ok(None),
        }
    };
    let name = |text: Option<LoginText>| open(text.map(|text| text.sealed));
    Ok(Bearer {
        id,
        email: name(user.email).await?.unwrap_or_default(),
        username: name(user.username).await?.unwrap_or_default(),
        full_name: open(user.full_name).await?,
        avatar_url: open(user.avatar_url).await?,
        github_id: user.github_id,
        role: user.role,
    })
}

/// What is to be said about a person; what is left out stays.
#[derive(Debug, Default)]
pub struct Profile {
    /// A new e-mail address.
    pub email: Option<String>,
    /// A new user name.
    pub username: Option<String>,
    /// What the person is called.
    pub full_name: Option<String>,
    /// A picture.
    pub avatar_url: Option<String>,
}

/// Changes what is said about a person. New names are claimed first; the old ones stay claimed until
/// the change is known to everybody.
pub async fn update_profile(
    app: &App,
    by: CommandContext,
    user_id: UserId,
    profile: Profile,
) -> Result<Receipt, IdentityError> {
    if let Some(email) = &profile.email {
        check_email(email)?;
    }
    if let Some(username) = &profile.username {
        check_username(username)?;
    }
    let email = profile.email.as_deref();
    let username = profile.username.as_deref();
    let command = UpdateProfile {
        email: claimed(app, &by, user_id, NameKind::Email, email).await?,
        username: claimed(app, &by, user_id, NameKind::Username, username).await?,
        full_name: sealed(app, user_id, profile.full_name.as_deref()).await?,
        avatar_url: sealed(app, user_id, profile.avatar_url.as_deref()).await?,
    };
    let (id, users) = (user_id.to_string(), &app.commands.users);
    let before = users.load(&id).await?.aggregate;
    let steps = [
        (
            before.email,
            key(&command.email),
            by.own_step("release email"),
        ),
        (
            before.username,
            key(&command.username),
            by.own_step("release username"),
        ),
    ];
    let receipt = users.dispatch(&id, command, by).await?;
    // What nobody uses any more is free for others.
    for (old, new, step) in steps {
        if let (Some(old), Some(new)) = (old, new)
            && old.key != new
        {
            let release = ReleaseLoginName { user_id };
            let names = &app.commands.login_names;
            names.dispatch(old.key.as_str(), release, step).await?;
        }
    }
    Ok(receipt)
}

fn key(name: &Option<LoginText>) -> Option<NameKey> {
    name.as_ref().map(|name| name.key.clone())
}

async fn claimed(
    app: &App,
    by: &CommandContext,
    user_id: UserId,
    kind: NameKind,
    name: Option<&str>,
) -> Result<Option<LoginText>, IdentityError> {
    let Some(name) = name else {
        return Ok(None);
    };
    let name = text(app, user_id, name).await?;
    match names::claim(app, by, user_id, kind, &name.key).await? {
        true => Ok(Some(name)),
        false => Err(IdentityError::NameTaken),
    }
}

/// Another password, and what shows that its owner asks.
pub struct NewPassword {
    /// The one before.
    pub current: SecretString,
    /// The one from now on.
    pub new: SecretString,
    /// Where from.
    pub address: Option<IpAddr>,
}

/// Puts another password in force for somebody who knows the one before; all other sessions end. A wrong
/// one counts like a failed sign-in: a session alone is no way to try passwords without end.
pub async fn change_password(
    app: &App,
    by: CommandContext,
    user_id: UserId,
    keep_session: SessionId,
    asked: NewPassword,
) -> Result<Receipt, IdentityError> {
    let NewPassword {
        current,
        new,
        address,
    } = asked;
    check_password(&new)?;
    let id = user_id.to_string();
    let user = app.commands.users.load(&id).await?.aggregate;
    let hash = match user.credential_id {
        Some(credential) => app.vault.get(installation(), credential).await?,
        None => None,
    };
    // Whoever came in to set a password shows what let them in.
    let sets_up = user.sets_up(&digest(&current), app.clock.now());
    let name = user.email.as_ref().map(|email| &email.key);
    if !(app.passwords.verify(current, hash).await? || sets_up) {
        if let Some(name) = name {
            let from = Whence {
                address,
                user_agent: None,
            };
            note(app, name, Some(user_id), FailureReason::WrongPassword, from).await?;
        }
        return Err(IdentityError::WrongPassword);
    }
    if user.is_locked(app.clock.now()) {
        return Err(IdentityError::Locked);
    }
    if let Some(name) = name {
        clear(app, name, user_id).await?;
    }
    let command = ChangePassword {
        credential_id: keep_password(app, new).await?,
        replaces: user.credential_id,
        keep_session: Some(keep_session.as_uuid()),
    };
    Ok(app.commands.users.dispatch(&id, command, by).await?)
}
