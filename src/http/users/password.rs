//! Passwords: an admin's reset, and one's own change.

use axum::extract::State;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::view::{SetUp, by, own, visible};
use crate::app::App;
use crate::http::identity::PasswordChange;
use crate::http::{
    Answer, ApiJson, ApiJsonOrEmpty, ApiPath, Caller, CommandHeaders, Problem, RequestMeta,
};
use crate::identity::{NewPassword, change_password, reset_password};

/// What is in force from now on.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasswordReset)]
pub struct Reset {
    /// 8–100 characters. Without one the answer holds a token for the owner to set one, good for a day.
    #[schema(value_type = Option<String>)]
    new_password: Option<SecretString>,
}

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct WasReset {
    message: &'static str,
    #[serde(flatten)]
    setup: SetUp,
}

/// Takes somebody's password away, and puts another in force or lets them set one. All their sessions end.
#[utoipa::path(post, path = "/api/v1/users/{id}/reset-password", tag = "users",
    params(("id" = uuid::Uuid, Path)), request_body = Reset,
    responses((status = 200, description = "The password is reset", body = WasReset)))]
pub async fn reset(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<String>,
    body: ApiJsonOrEmpty<Reset>,
) -> Result<Answer, Problem> {
    let id = visible(&caller, &id)?;
    let by = by(&caller, &headers);
    let (receipt, setup) = reset_password(&app, by, id, body.0.new_password).await?;
    let done = WasReset {
        message: "The password is reset. All sessions of the account have ended.",
        setup: setup.into(),
    };
    Ok(Answer::done(receipt, done)?.secret())
}

/// Changes the caller's own password; all other sessions end.
#[utoipa::path(post, path = "/api/v1/users/{id}/change-password", tag = "users",
    params(("id" = uuid::Uuid, Path)), request_body = PasswordChange,
    responses((status = 200, description = "The password is changed", body = Object)))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    meta: RequestMeta,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<String>,
    ApiJson(asked): ApiJson<PasswordChange>,
) -> Result<Answer, Problem> {
    let id = visible(&caller, &id)?;
    let session = own(&caller).filter(|session| session.user == id);
    let session = session.ok_or_else(|| {
        Problem::forbidden(
            "Only its owner changes a password; others reset it with reset-password.",
        )
    })?;
    let asked = NewPassword {
        current: asked.current_password,
        new: asked.new_password,
        address: meta.address,
    };
    let by = by(&caller, &headers);
    let receipt = change_password(&app, by, id, session.id, asked).await?;
    app.accounts.change(id, |account| {
        account.password = Some((receipt.position, Some(session.id)));
    });
    Answer::done(
        receipt,
        json!({ "message": "The password is changed. All other sessions have ended." }),
    )
}
