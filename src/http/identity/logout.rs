//! `POST /api/v1/auth/logout`.

use axum::extract::State;
use pantheon_events::sessions::{EndReason, EndSession};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{own, session};
use crate::app::App;
use crate::http::{Answer, ApiJsonOrEmpty, Caller, CommandHeaders, Problem};

/// What some clients send along; the session is the token's own.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Logout {
    #[schema(value_type = Option<String>)]
    #[expect(dead_code, reason = "read so that it is no unknown field")]
    token: Option<SecretString>,
}

/// Ends the caller's session: its tokens count no more.
#[utoipa::path(post, path = "/api/v1/auth/logout", tag = "sign-in", request_body = Logout,
    responses((status = 200, description = "The session has ended", body = Object)))]
pub async fn logout(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    _body: ApiJsonOrEmpty<Logout>,
) -> Result<Answer, Problem> {
    let session = session(&caller)?;
    let command = EndSession {
        reason: EndReason::Logout,
    };
    let by = own(&caller, &headers);
    let id = session.id.to_string();
    let receipt = app.commands.sessions.dispatch(&id, command, by).await?;
    app.accounts.ended(session.id, app.clock.now());
    Answer::done(receipt, json!({ "message": "Successfully logged out" }))
}
