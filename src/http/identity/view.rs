//! Accounts and tokens on the outside.

use chrono::{DateTime, Utc};
use pantheon_events::{TenantId, UserId};
use pantheon_projections::users::{NAME, one};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::auth::{Principal, PrincipalKind};
use crate::http::after::reached;
use crate::http::{Answer, Problem};
use crate::identity::{Bearer, Person, Tokens, bearer, person};
use crate::store::Receipt;

/// An account as its owner and admins see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct User {
    id: Uuid,
    email: String,
    username: String,
    /// The same as `name`.
    full_name: Option<String>,
    name: Option<String>,
    avatar_url: Option<String>,
    github_id: Option<i64>,
    /// `admin`, `developer` or `viewer`.
    role: String,
    is_active: bool,
    email_verified: bool,
    last_login_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl User {
    /// What an operator's token says of its holder, who has no account.
    pub(in crate::http) fn operator(principal: &Principal) -> Option<Self> {
        let role = principal
            .role
            .filter(|_| principal.kind == PrincipalKind::Operator)?;
        let made = principal.token.and_then(|id| id.get_timestamp());
        let made = made.and_then(|time| {
            let (seconds, nanos) = time.to_unix();
            DateTime::from_timestamp(seconds.try_into().ok()?, nanos)
        });
        let made = made.unwrap_or(DateTime::UNIX_EPOCH);
        let id = principal.id.parse();
        Some(Self {
            id: id.unwrap_or_else(|_| UserId::of_key(&["operator", &principal.id]).as_uuid()),
            email: String::new(),
            username: principal.id.clone(),
            full_name: None,
            name: None,
            avatar_url: None,
            github_id: None,
            role: role.as_str().to_owned(),
            is_active: true,
            email_verified: false,
            last_login_at: None,
            created_at: made,
            updated_at: made,
        })
    }
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        Self {
            id: person.id,
            email: person.email,
            username: person.username,
            name: person.full_name.clone(),
            full_name: person.full_name,
            avatar_url: person.avatar_url,
            github_id: person.github_id,
            role: person.role,
            is_active: person.is_active,
            email_verified: person.email_verified,
            last_login_at: person.last_login_at,
            created_at: person.created_at,
            updated_at: person.updated_at,
        }
    }
}

/// The account in an answer that carries tokens.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedIn {
    id: Uuid,
    email: String,
    username: String,
    name: Option<String>,
    full_name: Option<String>,
    avatar_url: Option<String>,
    github_id: Option<i64>,
    role: String,
}

/// A pair of tokens.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenResponse {
    /// For `Authorization: Bearer`, for half an hour.
    access_token: String,
    /// For `/auth/refresh`, once.
    refresh_token: String,
    /// `bearer`.
    token_type: &'static str,
    /// Seconds that the access token is good for.
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<SignedIn>,
    /// Where the tokens act; left out in the personal space.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    organization_id: Option<TenantId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization_role: Option<String>,
}

/// The pair as an answer that nobody keeps; with the account, where the endpoint shows it.
pub(super) async fn tokens(app: &App, tokens: Tokens, with_user: bool) -> Result<Answer, Problem> {
    let user = match with_user {
        true => Some(SignedIn::from(bearer(app, tokens.user_id).await?)),
        false => None,
    };
    let answer = TokenResponse {
        access_token: tokens.access_token,
        refresh_token: tokens.refresh_token.expose_secret().to_owned(),
        token_type: "bearer",
        expires_in: tokens.expires_in,
        user,
        organization_id: tokens.organization_id,
        organization_role: tokens
            .organization_role
            .map(|role| role.as_str().to_owned()),
    };
    Ok(Answer::stamped_with(&tokens.receipt, &answer)?.secret())
}

impl From<Bearer> for SignedIn {
    fn from(bearer: Bearer) -> Self {
        Self {
            id: bearer.id.as_uuid(),
            email: bearer.email,
            username: bearer.username,
            name: bearer.full_name.clone(),
            full_name: bearer.full_name,
            avatar_url: bearer.avatar_url,
            github_id: bearer.github_id,
            role: bearer.role.as_str().to_owned(),
        }
    }
}

/// The account as the read model has it.
pub(in crate::http) async fn find(app: &App, user: UserId) -> Result<Option<Person>, Problem> {
    match one(&app.reads, user).await? {
        Some(row) => Ok(Some(person(app, row).await?)),
        None => Ok(None),
    }
}

/// The answer to a command on an account.
pub(in crate::http) async fn answer(
    app: &App,
    user: UserId,
    receipt: &Receipt,
    created: bool,
) -> Result<Answer, Problem> {
    let known = match reached(app, NAME, receipt).await {
        true => find(app, user).await?,
        false => None,
    };
    match known {
        None => Answer::accepted(receipt, json!({ "id": user })),
        Some(person) if created => Answer::created(receipt, "/api/v1/auth/me", User::from(person)),
        Some(person) => Answer::done(receipt, User::from(person)),
    }
}
