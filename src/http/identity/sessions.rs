//! `GET /api/v1/auth/sessions` and `DELETE /api/v1/auth/sessions/{id}`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use pantheon_events::SessionId;
use pantheon_events::sessions::{EndReason, EndSession};
use pantheon_projections::sessions::{NAME, SessionRow, of_user, one};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{own, session};
use crate::app::App;
use crate::auth::permission;
use crate::http::after::reached;
use crate::http::{Answer, ApiPath, Caller, CommandHeaders, Problem, ReadOptions};
use crate::identity::installation;

/// Where somebody is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenSession {
    id: Uuid,
    started_at: DateTime<Utc>,
    last_activity: DateTime<Utc>,
    ip_address: Option<String>,
    user_agent: Option<String>,
    /// Not looked up.
    location: Option<String>,
    /// Whether it is the session of this request.
    current: bool,
}

/// All places where the caller is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sessions {
    sessions: Vec<OpenSession>,
    total: usize,
}

/// Where the caller is signed in, newest first.
#[utoipa::path(get, path = "/api/v1/auth/sessions", tag = "sign-in",
    responses((status = 200, description = "The open sessions", body = Sessions)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
) -> Result<Answer, Problem> {
    let position = read.stand(&app.reads, NAME, installation()).await?;
    if let Some(unchanged) = read.not_modified(position) {
        return Ok(unchanged);
    }
    let mut sessions = Vec::new();
    // An operator's token belongs to no session.
    if let Some(current) = caller.principal.session {
        for row in of_user(&app.reads, current.user).await? {
            sessions.push(open(&app, row, current.id).await?);
        }
    }
    let total = sessions.len();
    Answer::found(&read, position, Sessions { sessions, total })
}

async fn open(app: &App, row: SessionRow, current: SessionId) -> Result<OpenSession, Problem> {
    let text = |text: Option<String>| async move {
        match text {
            Some(text) => app.personal.open(row.user_id, &text).await,
            None => Ok(None),
        }
    };
    Ok(OpenSession {
        id: row.id,
        started_at: row.started_at,
        last_activity: row.last_activity_at,
        ip_address: text(row.ip_address).await?,
        user_agent: text(row.user_agent).await?,
        location: None,
        current: row.id == current.as_uuid(),
    })
}

/// Ends one of the caller's sessions. Those who manage users end anybody's.
#[utoipa::path(delete, path = "/api/v1/auth/sessions/{id}", tag = "sign-in",
    params(("id" = Uuid, Path)),
    responses((status = 204, description = "The session has ended")))]
pub async fn end(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<String>,
) -> Result<Answer, Problem> {
    let manages = caller.may(permission("users.manage"), None).is_ok();
    let user = match (caller.principal.session, manages) {
        (Some(own), _) => Some(own.user.as_uuid()),
        (None, true) => None,
        (None, false) => return Err(session(&caller).err().unwrap_or_else(Problem::not_found)),
    };
    let id: SessionId = id.parse().map_err(|_| Problem::not_found())?;
    let row = one(&app.reads, id).await?;
    // Somebody else's is not there.
    if row.is_none_or(|row| !manages && Some(row.user_id) != user) {
        return Err(Problem::not_found());
    }
    let command = EndSession {
        reason: EndReason::Revoked,
    };
    let by = own(&caller, &headers);
    let sessions = &app.commands.sessions;
    let receipt = sessions.dispatch(&id.to_string(), command, by).await?;
    app.accounts.ended(id, app.clock.now());
    reached(&app, NAME, &receipt).await;
    Ok(Answer::no_content(&receipt))
}
