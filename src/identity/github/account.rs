//! The account behind a GitHub account.

use std::net::IpAddr;

use pantheon_events::sessions::{EndReason, EndSession, SignInWay, StartSession};
use pantheon_events::users::{
    AccountRole, LinkGithub, NameKind, Origin, ReleaseLoginName, UnlinkGithub,
};
use pantheon_events::{CommandContext, SessionId, UserId};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::Profile;
use crate::app::App;
use crate::config::Registration;
use crate::domain::users::User;
use crate::identity::names::{claim, github_key};
use crate::identity::sign_up::sealed;
use crate::identity::tokens::{self, Refresh};
use crate::identity::{IdentityError, NewAccount, Tokens, on_behalf, sign_up, update_profile};
use crate::store::{DispatchError, Receipt};

/// How somebody came.
#[derive(Debug)]
pub struct Came {
    /// With this code; each opens one session.
    pub code: SecretString,
    /// Where from.
    pub address: Option<IpAddr>,
    /// With what.
    pub user_agent: Option<String>,
}

/// Opens a session for a GitHub account, whose account is made at the first time.
pub async fn sign_in_with_github(
    app: &App,
    profile: Profile,
    came: Came,
) -> Result<Tokens, IdentityError> {
    let open = app.config.registration == Registration::Open;
    let user_id = account(app, &profile, AccountRole::default(), open).await?;
    let session = session_of(&came.code);
    let origin = origin(app, user_id, came.address, came.user_agent).await?;
    tokens::open_as(app, user_id, SignInWay::Github, origin, session).await
}

/// Lets an account sign in with a GitHub account too. The code is used up, as at a sign-in.
pub async fn link(
    app: &App,
    by: CommandContext,
    user_id: UserId,
    profile: &Profile,
    code: &SecretString,
) -> Result<Receipt, IdentityError> {
    let (id, github_id) = (user_id.to_string(), profile.id);
    let users = &app.commands.users;
    // Whoever has one keeps it: the rule says so, before anything is claimed.
    if users.load(&id).await?.aggregate.github_id.is_none() {
        use_up(app, user_id, code).await?;
        let key = github_key(app, github_id).await?;
        if !claim(app, &by, user_id, NameKind::Github, &key).await? {
            return Err(IdentityError::NameTaken);
        }
    }
    Ok(users.dispatch(&id, LinkGithub { github_id }, by).await?)
}

/// Takes that back, unless there is nothing else to sign in with. The link is gone with the account's own
/// event; a name that was not given back after it is held by nobody (`names::abandoned`).
pub async fn unlink(
    app: &App,
    by: CommandContext,
    user_id: UserId,
) -> Result<Receipt, IdentityError> {
    let id = user_id.to_string();
    let users = &app.commands.users;
    let linked = users.load(&id).await?.aggregate.github_id;
    let release = by.own_step("release github");
    let receipt = users.dispatch(&id, UnlinkGithub {}, by).await?;
    if let Some(github_id) = linked {
        let key = github_key(app, github_id).await?;
        let names = &app.commands.login_names;
        names
            .dispatch(key.as_str(), ReleaseLoginName { user_id }, release)
            .await?;
    }
    Ok(receipt)
}

/// The account of a GitHub account: the one it is linked to, or its own, which is made when it `may`.
pub(in crate::identity) async fn account(
    app: &App,
    profile: &Profile,
    role: AccountRole,
    may: bool,
) -> Result<UserId, IdentityError> {
    let key = github_key(app, profile.id).await?;
    let held = app.commands.login_names.load(key.as_str()).await?;
    let own = UserId::of_key(&["github", &profile.id.to_string()]);
    let user_id = held.aggregate.holder.unwrap_or(own);
    match linked(app, user_id, profile).await? {
        Some(user) if user.inactive => Err(IdentityError::Inactive),
        Some(user) => {
            refresh_profile(app, user_id, &user, profile).await?;
            Ok(user_id)
        }
        None if may => {
            register(app, own, profile, role).await?;
            Ok(own)
        }
        None => Err(IdentityError::RegistrationClosed),
    }
}

/// The account, when it says itself that it is linked: a name that it merely holds opens nothing.
async fn linked(
    app: &App,
    user_id: UserId,
    profile: &Profile,
) -> Result<Option<User>, IdentityError> {
    let user = app
        .commands
        .users
        .load(&user_id.to_string())
        .await?
        .aggregate;
    Ok(Some(user).filter(|user| user.github_id == Some(profile.id)))
}

/// Where somebody came from, sealed for the account.
pub(in crate::identity) async fn origin(
    app: &App,
    user_id: UserId,
    address: Option<IpAddr>,
    user_agent: Option<String>,
) -> Result<tokens::Origin, IdentityError> {
    let address = address.map(|address| address.to_string());
    Ok(tokens::Origin {
        address: sealed(app, user_id, address.as_deref()).await?,
        user_agent: sealed(app, user_id, user_agent.as_deref()).await?,
    })
}

/// A code's session has the code's id: there is one, whatever the code is shown for.
fn session_of(code: &SecretString) -> SessionId {
    let code = code.expose_secret().as_bytes();
    SessionId::new(Uuid::new_v5(&pantheon_events::id::NAMESPACE, code))
}

/// Opens the code's session and ends it, with a refresh token that nobody is given.
async fn use_up(app: &App, user_id: UserId, code: &SecretString) -> Result<(), IdentityError> {
    let session = session_of(code);
    let (id, by) = (session.to_string(), || {
        on_behalf(&user_id.to_string(), "link_github")
    });
    let start = StartSession {
        user_id,
        way: SignInWay::Github,
        token_digest: Refresh::new(session).digest,
        organization_id: None,
        ip_address: None,
        user_agent: None,
    };
    let sessions = &app.commands.sessions;
    match sessions.dispatch(&id, start, by()).await {
        Ok(_) => {}
        Err(DispatchError::Refused { .. }) => return Err(IdentityError::InvalidToken),
        Err(error) => return Err(error.into()),
    }
    let reason = EndReason::Logout;
    sessions.dispatch(&id, EndSession { reason }, by()).await?;
    Ok(())
}

/// Makes a GitHub account's own account. Its id is the GitHub account's, so two at once make one.
async fn register(
    app: &App,
    user_id: UserId,
    profile: &Profile,
    role: AccountRole,
) -> Result<(), IdentityError> {
    let user = app
        .commands
        .users
        .load(&user_id.to_string())
        .await?
        .aggregate;
    if user.exists() {
        // It was its account once, and was unlinked: the one way back is to sign in there and link.
        return Err(IdentityError::EmailInUse);
    }
    let by = on_behalf(&user_id.to_string(), "github");
    let key = github_key(app, profile.id).await?;
    if !claim(app, &by, user_id, NameKind::Github, &key).await? {
        return Err(IdentityError::NameTaken);
    }
    let new = NewAccount {
        origin: Origin::Github,
        email: profile.email.clone(),
        username: None,
        username_like: Some(profile.login.clone()),
        full_name: profile.name.clone(),
        avatar_url: profile.avatar_url.clone(),
        password: None,
        password_hash: None,
        github_id: Some(profile.id),
        role,
    };
    let refused = match sign_up(app, by, user_id, new).await {
        Ok(_) => return Ok(()),
        Err(error @ (IdentityError::NameTaken | IdentityError::Dispatch(_))) => error,
        Err(error) => return Err(error),
    };
    match (linked(app, user_id, profile).await?, refused) {
        // Another first sign-in was faster.
        (Some(_), _) => Ok(()),
        // Accounts are never joined by an equal address: whoever has it links, so the claim is let go.
        (None, IdentityError::NameTaken) => {
            let by = on_behalf(&user_id.to_string(), "github");
            let names = &app.commands.login_names;
            names
                .dispatch(key.as_str(), ReleaseLoginName { user_id }, by)
                .await?;
            Err(IdentityError::EmailInUse)
        }
        (None, error) => Err(error),
    }
}

/// What GitHub says of a person is taken over when it differs; the address stays their own business.
async fn refresh_profile(
    app: &App,
    user_id: UserId,
    user: &User,
    profile: &Profile,
) -> Result<(), IdentityError> {
    let name = sealed(app, user_id, profile.name.as_deref()).await?;
    let picture = sealed(app, user_id, profile.avatar_url.as_deref()).await?;
    let same = (name.is_none() || name == user.full_name)
        && (picture.is_none() || picture == user.avatar_url);
    if same {
        return Ok(());
    }
    let changes = crate::identity::Profile {
        full_name: profile.name.clone(),
        avatar_url: profile.avatar_url.clone(),
        ..crate::identity::Profile::default()
    };
    let by = on_behalf(&user_id.to_string(), "github");
    update_profile(app, by, user_id, changes).await.map(drop)
}
