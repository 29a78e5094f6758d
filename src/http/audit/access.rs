//! `GET /api/v1/audit/access`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use pantheon_events::Position;
use pantheon_projections::access::{AccessRow, Filter, NAME, list as lines};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::view::{Days, opened, people};
use crate::app::App;
use crate::http::cursor::Limit;
use crate::http::{Answer, ApiQuery, Caller, Problem, ReadOptions};
use crate::identity::Person;

/// What a line tells of.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AccessKind)]
pub enum Kind {
    Login,
    LoginFailed,
    Denied,
    Export,
    TokenIssued,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::LoginFailed => "login_failed",
            Self::Denied => "denied",
            Self::Export => "export",
            Self::TokenIssued => "token_issued",
        }
    }
}

/// Which lines.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    #[param(inline)]
    kind: Option<Kind>,
    /// About this user, operator or agent.
    actor: Option<String>,
    /// 1–90, 7 unless told.
    #[param(value_type = Option<u8>)]
    #[serde(default)]
    days: Days,
    #[param(value_type = Option<u16>)]
    #[serde(default)]
    limit: Limit,
    cursor: Option<String>,
}

/// One line of the trail of access.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccessLine {
    /// The event's id.
    id: Uuid,
    #[schema(value_type = String)]
    position: Position,
    /// The last time, where several alike are one line.
    at: DateTime<Utc>,
    first_at: DateTime<Utc>,
    /// How many alike.
    count: i64,
    /// `login`, `login_failed`, `denied`, `export` or `token_issued`.
    kind: String,
    /// `human` or `agent`; null when nobody knows who it was.
    actor_kind: Option<String>,
    actor_id: Option<String>,
    username: Option<String>,
    ip_address: Option<String>,
    user_agent: Option<String>,
    method: Option<String>,
    /// The route with its braces, or the command.
    route: Option<String>,
    /// The refusal's code, what was exported, the way or the failure of a sign-in, a token's role.
    detail: String,
}

/// Sign-ins, failed ones, refusals, exports and tokens of the tenant, the newest first. Refusals that are
/// alike within a minute are one line with their number, after the line of the first.
#[utoipa::path(get, path = "/api/v1/audit/access", tag = "audit", params(Wanted),
    responses((status = 200, description = "`{items, next_cursor, position}`", body = Object)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiQuery(wanted): ApiQuery<Wanted>,
) -> Result<Answer, Problem> {
    let stand = read.stand(&app.reads, NAME, caller.tenant).await?;
    if let Some(unchanged) = read.not_modified(stand) {
        return Ok(unchanged);
    }
    let filter = Filter {
        kind: wanted.kind.map(|kind| kind.as_str().to_owned()),
        actor_id: wanted.actor,
        since: Some(wanted.days.before(app.clock.now())),
        limit: wanted.limit.get(),
        cursor: wanted.cursor,
    };
    let (rows, next) = lines(&app.reads, caller.tenant, &filter).await?;
    let known = people(&app, rows.iter().filter_map(|row| row.subject)).await?;
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let who = row.subject.and_then(|subject| known.get(&subject));
        items.push(line(&app, row, who).await?);
    }
    Answer::page(&read, stand, &items, next)
}

async fn line(app: &App, row: AccessRow, who: Option<&Person>) -> Result<AccessLine, Problem> {
    Ok(AccessLine {
        ip_address: opened(app, row.subject, row.ip_address.as_deref()).await?,
        user_agent: opened(app, row.subject, row.user_agent.as_deref()).await?,
        id: row.id,
        position: Position::new(row.position),
        at: row.happened_at,
        first_at: row.first_at,
        count: row.count,
        kind: row.kind,
        actor_kind: row.actor_kind,
        actor_id: row.actor_id,
        username: who.map(|who| who.username.clone()),
        method: row.method,
        route: row.route,
        detail: row.detail,
    })
}
