//! What those who manage users do to accounts.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use pantheon_events::organizations::{AcceptInvitation, InviteMember, OrgRole};
use pantheon_events::sessions::TokenDigest;
use pantheon_events::users::{
    AccountRole, ChangePassword, ClearLoginFailures, StartSetup, UnlockUser,
};
use pantheon_events::{CommandContext, UserId};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::belonging::PATIENCE;
use super::sign_up::{check_password, keep_password};
use super::{IdentityError, NewAccount, installation, sign_up};
use crate::app::App;
use crate::store::Receipt;

/// How long somebody has to set a password.
const SETUP: TimeDelta = TimeDelta::hours(24);

/// What lets somebody in once, to set a password: signing in with it in the password's place.
#[derive(Debug)]
pub struct SetupToken {
    /// The token. It is nowhere else.
    pub token: SecretString,
    /// Until when it counts.
    pub expires_at: DateTime<Utc>,
}

/// What an account's role counts as in the default organisation.
#[must_use]
pub const fn org_role(role: AccountRole) -> OrgRole {
    match role {
        AccountRole::Admin => OrgRole::Admin,
        AccountRole::Developer => OrgRole::Member,
        AccountRole::Viewer => OrgRole::Viewer,
    }
}

/// Makes an account for somebody, in the default organisation. Without a password its owner sets one: the
/// token for that is shown once.
pub async fn add(
    app: &App,
    by: CommandContext,
    user_id: UserId,
    new: NewAccount,
) -> Result<(Receipt, Option<SetupToken>), IdentityError> {
    let (role, has_password) = (new.role, new.password.is_some());
    let receipt = sign_up(app, by.clone(), user_id, new).await?;
    let setup = match has_password {
        true => None,
        false => Some(start_setup(app, &by.own_step("setup"), user_id).await?.1),
    };
    join(app, &by, user_id, role).await?;
    Ok((receipt, setup))
}

/// Brings an account into the default organisation. A repeat changes nothing.
async fn join(
    app: &App,
    by: &CommandContext,
    user_id: UserId,
    role: AccountRole,
) -> Result<(), IdentityError> {
    let id = installation().to_string();
    let organizations = &app.commands.organizations;
    let home = organizations.load(&id).await?.aggregate;
    let by = |step: &str| CommandContext {
        tenant: installation(),
        ..by.own_step(step)
    };
    if !home.members.contains_key(&user_id) {
        let role = org_role(role);
        let invite = InviteMember { user_id, role };
        organizations
            .dispatch(&id, invite, by("home: invite"))
            .await?;
    }
    let accept = AcceptInvitation { user_id };
    let joined = organizations.dispatch(&id, accept, by("home: accept"));
    let at = joined.await?.position;
    app.auth.members().reached(at, PATIENCE).await;
    Ok(())
}

/// Takes the password away and lets the owner set another one. All sessions end.
async fn start_setup(
    app: &App,
    by: &CommandContext,
    user_id: UserId,
) -> Result<(Receipt, SetupToken), IdentityError> {
    let users = &app.commands.users;
    let id = user_id.to_string();
    // From the command's id, so that a repeat shows the same token.
    let secret = [by.command_id.as_uuid(), user_id.as_uuid()].map(uuid::Uuid::into_bytes);
    let secret = app.personal.setup_secret(&secret.concat()).await?;
    let token = SecretString::from(URL_SAFE_NO_PAD.encode(secret));
    let command = StartSetup {
        token_digest: digest(&token),
        expires_at: app.clock.now() + SETUP,
    };
    let by = CommandContext {
        fingerprint: Some(Sha256::digest(token.expose_secret()).into()),
        ..by.clone()
    };
    let receipt = users.dispatch(&id, command, by).await?;
    let setup = users.load(&id).await?.aggregate.setup;
    let expires_at = setup.map_or_else(|| app.clock.now(), |setup| setup.expires_at);
    Ok((receipt, SetupToken { token, expires_at }))
}

/// Puts another password in force for somebody, or lets them set one. All their sessions end.
pub async fn reset_password(
    app: &App,
    by: CommandContext,
    user_id: UserId,
    password: Option<SecretString>,
) -> Result<(Receipt, Option<SetupToken>), IdentityError> {
    let (receipt, setup) = match password {
        Some(password) => {
            check_password(&password)?;
            let fingerprint = Sha256::digest(format!("reset_password {user_id}"));
            let command = ChangePassword {
                credential_id: keep_password(app, password).await?,
                replaces: None,
                keep_session: None,
            };
            let by = CommandContext {
                fingerprint: Some(fingerprint.into()),
                ..by
            };
            let id = user_id.to_string();
            (app.commands.users.dispatch(&id, command, by).await?, None)
        }
        None => {
            let (receipt, setup) = start_setup(app, &by, user_id).await?;
            (receipt, Some(setup))
        }
    };
    app.accounts.change(user_id, |account| {
        account.password = Some((receipt.position, None));
    });
    Ok((receipt, setup))
}

/// Takes a lock off, and counts failures from nought again.
pub async fn unlock(
    app: &App,
    by: CommandContext,
    user_id: UserId,
) -> Result<Receipt, IdentityError> {
    let users = &app.commands.users;
    let id = user_id.to_string();
    let clear = by.own_step("clear failures");
    let receipt = users.dispatch(&id, UnlockUser {}, by).await?;
    let names = &app.commands.login_names;
    if let Some(email) = users.load(&id).await?.aggregate.email {
        let name = email.key.as_str();
        if names.load(name).await?.aggregate.failures > 0 {
            names.dispatch(name, ClearLoginFailures {}, clear).await?;
        }
    }
    Ok(receipt)
}

/// What a token is known by.
pub(super) fn digest(token: &SecretString) -> TokenDigest {
    let digest = HEXLOWER.encode(&Sha256::digest(token.expose_secret()));
    digest.parse().expect("a SHA-256 in hex is a digest")
}
