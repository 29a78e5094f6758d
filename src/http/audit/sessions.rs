//! `GET /api/v1/security/active-sessions`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use pantheon_projections::sessions::{NAME, open};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::view::{Whose, opened, people};
use crate::app::App;
use crate::http::cursor::Limit;
use crate::http::{Answer, ApiQuery, Caller, Problem, ReadOptions};

/// How many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    #[param(value_type = Option<u16>)]
    #[serde(default)]
    limit: Limit,
}

/// Where somebody is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActiveSession {
    id: Uuid,
    user_id: Uuid,
    username: Option<String>,
    email: Option<String>,
    started_at: DateTime<Utc>,
    last_activity: DateTime<Utc>,
    ip_address: Option<String>,
    user_agent: Option<String>,
    /// Not looked up.
    location: Option<String>,
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActiveSessions {
    sessions: Vec<ActiveSession>,
    /// All of them, also those that are not listed.
    total: i64,
}

/// The open sessions, the newest first: everybody's for those who manage users, one's own for all others.
#[utoipa::path(get, path = "/api/v1/security/active-sessions", tag = "audit", params(Wanted),
    responses((status = 200, description = "The open sessions", body = ActiveSessions)))]
pub async fn active(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiQuery(wanted): ApiQuery<Wanted>,
) -> Result<Answer, Problem> {
    let position = app.reads.at(NAME, read.min_position, read.wait).await?;
    let limit = wanted.limit.get();
    let (rows, total) = match Whose::of(&caller) {
        Whose::Everybodys => open(&app.reads, None, limit).await?,
        Whose::Own(user) => open(&app.reads, Some(user), limit).await?,
        Whose::Nobodys => (Vec::new(), 0),
    };
    let known = people(&app, rows.iter().map(|row| row.user_id)).await?;
    let mut sessions = Vec::with_capacity(rows.len());
    for row in rows {
        let (who, subject) = (known.get(&row.user_id), Some(row.user_id));
        sessions.push(ActiveSession {
            id: row.id,
            user_id: row.user_id,
            username: who.map(|who| who.username.clone()),
            email: who.map(|who| who.email.clone()),
            started_at: row.started_at,
            last_activity: row.last_activity_at,
            ip_address: opened(&app, subject, row.ip_address.as_deref()).await?,
            user_agent: opened(&app, subject, row.user_agent.as_deref()).await?,
            location: None,
        });
    }
    Answer::looked(position, ActiveSessions { sessions, total })
}
