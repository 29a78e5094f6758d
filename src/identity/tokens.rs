//! The pair of tokens that a sign-in gives: an access token for half an hour, and a refresh token
//! that is used once.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use data_encoding::HEXLOWER;
use pantheon_events::organizations::OrgRole;
use pantheon_events::sessions::{SignInWay, StartSession, TokenDigest};
use pantheon_events::users::AccountRole;
use pantheon_events::{Sealed, SessionId, TenantId, UserId};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::belonging::{first_organization, standing};
use super::sign_in::session_id;
use super::{IdentityError, on_behalf};
use crate::app::App;
use crate::auth::{ACCESS_TTL, Extra, Role, Session};
use crate::domain::users::User;
use crate::store::DispatchError;
use crate::store::Receipt;

/// What somebody who signed in is given.
#[derive(Debug)]
pub struct Tokens {
    /// For every request.
    pub access_token: String,
    /// For the next pair.
    pub refresh_token: SecretString,
    /// Seconds that the access token is good for.
    pub expires_in: u64,
    /// Whose they are.
    pub user_id: UserId,
    /// Where they act; `None` = the personal space.
    pub organization_id: Option<TenantId>,
    /// What they are there, as a member.
    pub organization_role: Option<OrgRole>,
    /// What was recorded for them.
    pub receipt: Receipt,
}

/// Where a sign-in came from, sealed for the account.
#[derive(Debug, Default)]
pub(super) struct Origin {
    pub address: Option<Sealed>,
    pub user_agent: Option<Sealed>,
}

/// A refresh token: the session it belongs to, and 256 random bits.
pub(super) struct Refresh {
    pub session: SessionId,
    pub digest: TokenDigest,
    pub text: SecretString,
}

impl Refresh {
    pub(super) fn new(session: SessionId) -> Self {
        let secret: [u8; 32] = rand::random();
        let bytes = [session.as_uuid().as_bytes().as_slice(), &secret].concat();
        Self {
            session,
            digest: digest(&bytes),
            text: SecretString::from(URL_SAFE_NO_PAD.encode(bytes)),
        }
    }

    /// The token that somebody shows.
    pub(super) fn shown(text: &str) -> Result<(SessionId, TokenDigest), IdentityError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let bytes = bytes.filter(|bytes| bytes.len() == 48);
        let bytes = bytes.ok_or(IdentityError::InvalidToken)?;
        let session = Uuid::from_slice(&bytes[..16]).map_err(|_| IdentityError::InvalidToken)?;
        Ok((SessionId::new(session), digest(&bytes)))
    }
}

fn digest(bytes: &[u8]) -> TokenDigest {
    let digest = HEXLOWER.encode(&Sha256::digest(bytes));
    digest.parse().expect("a SHA-256 in hex is a digest")
}

/// Opens a session.
pub(super) async fn open(
    app: &App,
    user_id: UserId,
    way: SignInWay,
    origin: Origin,
) -> Result<Tokens, IdentityError> {
    open_as(app, user_id, way, origin, SessionId::new(session_id())).await
}

/// The same with a session id that was chosen before: a second one is refused.
pub(super) async fn open_as(
    app: &App,
    user_id: UserId,
    way: SignInWay,
    origin: Origin,
    session: SessionId,
) -> Result<Tokens, IdentityError> {
    let refresh = Refresh::new(session);
    let user = app.commands.users.load(&user_id.to_string()).await?;
    let organization_id = first_organization(app, user_id, &user.aggregate).await?;
    let command = StartSession {
        user_id,
        way,
        token_digest: refresh.digest.clone(),
        organization_id,
        ip_address: origin.address,
        user_agent: origin.user_agent,
    };
    let by = on_behalf(&user_id.to_string(), "sign_in");
    let id = refresh.session.to_string();
    let receipt = match app.commands.sessions.dispatch(&id, command, by).await {
        Ok(receipt) => receipt,
        // The code that it stands for was used.
        Err(DispatchError::Refused { .. }) => return Err(IdentityError::InvalidToken),
        Err(error) => return Err(error.into()),
    };
    issue(app, user_id, organization_id, &refresh, receipt).await
}

/// The pair, for a session that was started, refreshed or switched. The account is read after that, so that whatever changes later takes the token back.
pub(super) async fn issue(
    app: &App,
    user_id: UserId,
    organization_id: Option<TenantId>,
    refresh: &Refresh,
    receipt: Receipt,
) -> Result<Tokens, IdentityError> {
    let known = receipt.position;
    let user = app.commands.users.load(&user_id.to_string()).await?;
    let user = user.aggregate;
    if !user.exists() || user.inactive {
        return Err(IdentityError::InvalidToken);
    }
    let session = Session {
        id: refresh.session,
        user: user_id,
        role: role(&user),
        known,
    };
    // Who is no member there any more acts in the personal space.
    let there = match organization_id {
        Some(tenant) => standing(app, user_id, session.role, tenant, known).await,
        None => None,
    };
    let organization_id = organization_id.filter(|_| there.is_some());
    let organization_role = there.and_then(|standing| standing.org_role);
    let tenant = organization_id.unwrap_or_else(|| TenantId::personal(user_id));
    let extra = Extra {
        github_id: user.github_id.unwrap_or(0),
        org_role: organization_role.map(OrgRole::as_str),
    };
    let issued = app.auth.issue_access(session, tenant, extra);
    Ok(Tokens {
        access_token: issued.token,
        refresh_token: refresh.text.clone(),
        expires_in: ACCESS_TTL.as_secs(),
        user_id,
        organization_id,
        organization_role,
        receipt,
    })
}

/// The account's role as tokens say it.
pub(super) const fn role(user: &User) -> Role {
    match user.role {
        AccountRole::Admin => Role::Admin,
        AccountRole::Developer => Role::Developer,
        AccountRole::Viewer => Role::Viewer,
    }
}
