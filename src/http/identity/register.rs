//! `POST /api/v1/auth/register`.

use axum::extract::State;
use axum::http::StatusCode;
use pantheon_events::users::{AccountRole, Origin};
use pantheon_events::{Actor, CommandContext, UserId};
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::{User, answer};
use crate::app::App;
use crate::auth::permission;
use crate::config::Registration;
use crate::http::caller::MaybeCaller;
use crate::http::{Answer, ApiJson, CommandHeaders, Problem};
use crate::identity::{NewAccount, installation, sign_up};

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// An e-mail address.
    email: String,
    /// 3–100 characters; made from the e-mail address when left out.
    username: Option<String>,
    /// 8–100 characters.
    #[schema(value_type = String)]
    password: SecretString,
    /// What the person is called. `name` means the same.
    full_name: Option<String>,
    name: Option<String>,
    /// Ignored unless an admin asks.
    role: Option<String>,
}

/// Makes an account.
#[utoipa::path(post, path = "/api/v1/auth/register", tag = "sign-in", request_body = Register,
    responses((status = 201, description = "The account", body = User)))]
pub async fn register(
    State(app): State<App>,
    MaybeCaller(caller): MaybeCaller,
    headers: CommandHeaders,
    ApiJson(asked): ApiJson<Register>,
) -> Result<Answer, Problem> {
    let manages = permission("users.manage");
    let admin = caller.filter(|caller| caller.may(manages, None).is_ok());
    if admin.is_none() && app.config.registration != Registration::Open {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "registration_closed",
            "Nobody can register here by themselves. Ask an admin for an account.",
        ));
    }
    let anonymous = CommandContext::new(
        installation(),
        Actor::system("register"),
        headers.command_id,
    );
    let user_id = UserId::new(anonymous.command_id.created("user"));
    let actor = match &admin {
        Some(admin) => admin.principal.actor(),
        None => Actor::human(user_id.to_string()),
    };
    let by = CommandContext {
        actor,
        request_id: Some(headers.meta.request_id.to_string()),
        traceparent: headers.meta.traceparent.as_deref().map(str::to_owned),
        ..anonymous
    };
    let new = NewAccount {
        origin: match admin {
            Some(_) => Origin::Admin,
            None => Origin::Own,
        },
        email: asked.email,
        username: asked.username,
        username_like: None,
        full_name: asked.full_name.or(asked.name),
        avatar_url: None,
        password: Some(asked.password),
        password_hash: None,
        github_id: None,
        role: match asked.role.filter(|_| admin.is_some()) {
            Some(role) => word(&role)?,
            None => AccountRole::default(),
        },
    };
    let receipt = sign_up(&app, by, user_id, new).await?;
    answer(&app, user_id, &receipt, true).await
}

fn word(role: &str) -> Result<AccountRole, Problem> {
    serde_json::from_value(role.into())
        .map_err(|_| Problem::invalid("role", "expected admin, developer or viewer"))
}
