//! Signing in with a name and a password.
//!
//! Whoever fails is told the same, and waits for the same work, whether there is such an account or
//! not. Five wrong passwords in a row lock the account for a quarter of an hour.

use std::net::IpAddr;

use chrono::TimeDelta;
use pantheon_events::sessions::{SignInWay, TokenDigest};
use pantheon_events::users::{
    ClearLoginFailures, FailureReason, LockUser, NameKey, RecordLoginFailure, RehashPassword,
    UseSetup,
};
use pantheon_events::{CommandContext, UserId};
use secrecy::SecretString;
use uuid::Uuid;

use super::admin::digest;
use super::sign_up::{keep_password, sealed};
use super::{IdentityError, Tokens, installation, on_behalf, tokens};
use crate::app::App;
use crate::domain::users::{FAILURES, User};
use crate::secrets::{PasswordHash, is_outdated};
use crate::store::DispatchError;

const PART: &str = "sign_in";
const LOCKED_FOR: TimeDelta = TimeDelta::minutes(15);

/// Somebody at the door.
#[derive(Debug)]
pub struct Attempt {
    /// A user name or an e-mail address.
    pub name: String,
    /// The password.
    pub password: SecretString,
    /// Where from.
    pub address: Option<IpAddr>,
    /// With what.
    pub user_agent: Option<String>,
}

/// Where a try came from.
#[derive(Clone, Copy)]
pub(super) struct Whence<'a> {
    pub address: Option<IpAddr>,
    pub user_agent: Option<&'a str>,
}

impl Attempt {
    fn whence(&self) -> Whence<'_> {
        Whence {
            address: self.address,
            user_agent: self.user_agent.as_deref(),
        }
    }
}

/// Opens a session for whoever knows the password.
pub async fn sign_in(app: &App, attempt: Attempt) -> Result<Tokens, IdentityError> {
    let typed = app.personal.name_key(&attempt.name).await?;
    let known = account(app, &typed).await?;
    let hash = match known.as_ref().and_then(|(_, user)| user.credential_id) {
        Some(id) => app.vault.get(installation(), id).await?,
        None => None,
    };
    let old = hash.clone();
    let right = app.passwords.verify(attempt.password.clone(), hash).await?;
    let Some((id, user)) = known else {
        note(
            app,
            &typed,
            None,
            FailureReason::UnknownAccount,
            attempt.whence(),
        )
        .await?;
        return Err(IdentityError::WrongCredentials);
    };
    // All spellings of an account's name count in one place.
    let name = user.email.as_ref().map_or(&typed, |email| &email.key);
    let shown = digest(&attempt.password);
    let setup = user.setup.as_ref().filter(|setup| !setup.used);
    let sets_up = setup.is_some() && user.sets_up(&shown, app.clock.now());
    let right = right || sets_up;
    let (reason, error) = match right {
        false => (
            FailureReason::WrongPassword,
            IdentityError::WrongCredentials,
        ),
        true if user.inactive => (FailureReason::AccountInactive, IdentityError::Inactive),
        true if user.is_locked(app.clock.now()) => {
            (FailureReason::AccountLocked, IdentityError::Locked)
        }
        true if sets_up && !use_up(app, id, shown).await? => (
            FailureReason::WrongPassword,
            IdentityError::WrongCredentials,
        ),
        true => {
            clear(app, name, id).await?;
            if let (Some(old), Some(credential)) = (old, user.credential_id) {
                rehash(app, id, attempt.password.clone(), &old, credential).await;
            }
            return open(app, id, &attempt).await;
        }
    };
    note(app, name, Some(id), reason, attempt.whence()).await?;
    Err(error)
}

/// The account that a name belongs to, as committed at this moment.
pub(super) async fn account(
    app: &App,
    name: &NameKey,
) -> Result<Option<(UserId, User)>, IdentityError> {
    let held = app.commands.login_names.load(name.as_str()).await?;
    let Some(id) = held.aggregate.holder else {
        return Ok(None);
    };
    let user = app.commands.users.load(&id.to_string()).await?.aggregate;
    Ok(user.exists().then_some((id, user)))
}

/// Uses up the token that lets somebody in once; false = another request was faster.
async fn use_up(app: &App, user: UserId, token_digest: TokenDigest) -> Result<bool, IdentityError> {
    let by = CommandContext {
        record_refusals: false,
        ..on_behalf(&user.to_string(), PART)
    };
    let users = &app.commands.users;
    let id = user.to_string();
    match users.dispatch(&id, UseSetup { token_digest }, by).await {
        Ok(_) => Ok(true),
        Err(DispatchError::Refused { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Keeps the password that was just shown as it would be hashed today, when it came with an older hash. It
/// is tried again at the next sign-in when it does not work out.
async fn rehash(
    app: &App,
    user: UserId,
    password: SecretString,
    old: &PasswordHash,
    replaces: Uuid,
) {
    if !is_outdated(old) {
        return;
    }
    let done = async {
        let credential_id = keep_password(app, password).await?;
        let command = RehashPassword {
            credential_id,
            replaces,
        };
        let by = on_behalf(&user.to_string(), PART);
        let users = &app.commands.users;
        users.dispatch(&user.to_string(), command, by).await?;
        app.vault.remove(installation(), replaces).await?;
        Ok::<_, IdentityError>(())
    };
    if let Err(error) = done.await {
        tracing::warn!(%error, "a password is still kept under an older hash");
    }
}

async fn open(app: &App, user: UserId, attempt: &Attempt) -> Result<Tokens, IdentityError> {
    let origin = tokens::Origin {
        address: address(app, user, attempt.address).await?,
        user_agent: sealed(app, user, attempt.user_agent.as_deref()).await?,
    };
    tokens::open(app, user, SignInWay::Password, origin).await
}

async fn address(
    app: &App,
    person: UserId,
    address: Option<IpAddr>,
) -> Result<Option<pantheon_events::Sealed>, IdentityError> {
    let address = address.map(|address| address.to_string());
    sealed(app, person, address.as_deref()).await
}

/// Records the failure; the one that fills the row locks the account.
pub(super) async fn note(
    app: &App,
    name: &NameKey,
    user_id: Option<UserId>,
    reason: FailureReason,
    from: Whence<'_>,
) -> Result<(), IdentityError> {
    // What came with a name of nobody is sealed for the name itself.
    let person = user_id.unwrap_or_else(|| UserId::of_key(&["nobody", name.as_str()]));
    let command = RecordLoginFailure {
        reason,
        user_id,
        ip_address: address(app, person, from.address).await?,
        user_agent: sealed(app, person, from.user_agent).await?,
    };
    let by = on_behalf(&person.to_string(), PART);
    let names = &app.commands.login_names;
    names.dispatch(name.as_str(), command, by).await?;
    let Some(user) = user_id.filter(|_| reason == FailureReason::WrongPassword) else {
        return Ok(());
    };
    if names.load(name.as_str()).await?.aggregate.failures >= FAILURES {
        let until = app.clock.now() + LOCKED_FOR;
        let by = on_behalf(&user.to_string(), PART);
        let users = &app.commands.users;
        users
            .dispatch(&user.to_string(), LockUser { until }, by)
            .await?;
    }
    Ok(())
}

/// A right password starts the row of failures anew.
pub(super) async fn clear(app: &App, name: &NameKey, user: UserId) -> Result<(), IdentityError> {
    let names = &app.commands.login_names;
    if names.load(name.as_str()).await?.aggregate.failures > 0 {
        let by = on_behalf(&user.to_string(), PART);
        names
            .dispatch(name.as_str(), ClearLoginFailures {}, by)
            .await?;
    }
    Ok(())
}

/// A session's id.
pub(super) fn session_id() -> Uuid {
    Uuid::now_v7()
}
