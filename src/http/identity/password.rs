//! `POST /api/v1/auth/change-password`.

use axum::extract::State;
use pantheon_events::SessionId;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{own, session};
use crate::app::App;
use crate::http::{Answer, ApiJson, Caller, CommandHeaders, Problem, RequestMeta};
use crate::identity::{NewPassword, change_password};

/// The password before and the one from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasswordChange)]
pub struct ChangePassword {
    #[schema(value_type = String)]
    pub current_password: SecretString,
    /// 8–100 characters.
    #[schema(value_type = String)]
    pub new_password: SecretString,
}

/// Changes the caller's password; all other sessions end.
#[utoipa::path(post, path = "/api/v1/auth/change-password", tag = "sign-in",
    request_body = ChangePassword,
    responses((status = 200, description = "The password is changed", body = Object)))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    meta: RequestMeta,
    headers: CommandHeaders,
    ApiJson(asked): ApiJson<ChangePassword>,
) -> Result<Answer, Problem> {
    let session = session(&caller)?;
    let by = own(&caller, &headers);
    let asked = NewPassword {
        current: asked.current_password,
        new: asked.new_password,
        address: meta.address,
    };
    let receipt = change_password(&app, by, session.user, session.id, asked).await?;
    let keeps: Option<SessionId> = Some(session.id);
    app.accounts.change(session.user, |account| {
        account.password = Some((receipt.position, keeps));
    });
    Answer::done(
        receipt,
        json!({ "message": "The password is changed. All other sessions have ended." }),
    )
}
