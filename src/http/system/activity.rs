//! `GET /api/v1/activity/stats` and `/activity/events`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use pantheon_events::Position;
use pantheon_projections::activity::{ActivityRow, Filter, NAME, list, stats as count};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::App;
use crate::auth::{Grant, permission};
use crate::http::cursor::Limit;
use crate::http::{Answer, ApiQuery, Caller, Problem, ReadOptions};

/// How much happened, in both casings that clients read. Issues come with the repositories, so
/// none are open before there are any.
#[utoipa::path(get, path = "/api/v1/activity/stats", tag = "activity",
    responses((status = 200, description = "Counts", body = Object)))]
pub async fn stats(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
) -> Result<Answer, Problem> {
    let position = app.reads.at(NAME, read.min_position, read.wait).await?;
    let now = app.clock.now();
    let stats = count(&app.reads, caller.tenant, now.date_naive()).await?;
    let uptime = (now - app.started_at).num_seconds();
    let issues = 0;
    let body = json!({
        "totalEvents": stats.total, "total_events": stats.total,
        "todayEvents": stats.today, "today_events": stats.today,
        "activeIssues": issues, "active_issues": issues,
        "uptime": uptime,
    });
    // The time goes on without events, and so do the uptime and what counts as today.
    Answer::looked(position, body)
}

/// Which category.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Category {
    Deployment,
    Agent,
    System,
    Error,
}

/// Which severity.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Somebody should look.
    Warning,
    /// Somebody has to look now.
    Critical,
}

impl Severity {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    #[param(inline)]
    category: Option<Category>,
    #[param(inline)]
    severity: Option<Severity>,
    #[param(value_type = Option<u16>, minimum = 1, maximum = 200)]
    #[serde(default)]
    limit: Limit,
    cursor: Option<String>,
}

/// One thing that happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActivityEvent {
    id: Uuid,
    timestamp: DateTime<Utc>,
    title: String,
    description: String,
    category: String,
    severity: String,
    #[schema(value_type = String)]
    position: Position,
}

impl From<ActivityRow> for ActivityEvent {
    fn from(row: ActivityRow) -> Self {
        Self {
            id: row.event_id,
            timestamp: row.happened_at,
            title: row.title,
            description: row.description,
            category: row.category,
            severity: row.severity,
            position: Position::new(row.position),
        }
    }
}

/// What is told of these things only to those who may read all of them.
const GUARDED: [(&str, &str); 6] = [
    ("order", "orders.read"),
    ("product", "products.read"),
    ("approval", "approvals.read"),
    ("approval_policy", "approvals.read"),
    ("organization", "organization.members.read"),
    ("team", "teams.update"),
];

/// The kinds of aggregates of which the caller may read some or none.
fn hidden(caller: &Caller) -> Vec<String> {
    let all = |code| matches!(caller.may(permission(code), None), Ok(Grant::All));
    let guarded = GUARDED.into_iter().filter(|(_, code)| !all(code));
    guarded.map(|(kind, _)| kind.to_owned()).collect()
}

/// What happened, newest first, as a bare array.
#[utoipa::path(get, path = "/api/v1/activity/events", tag = "activity", params(Wanted),
    responses((status = 200, description = "Events", body = Vec<ActivityEvent>)))]
pub async fn events(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiQuery(wanted): ApiQuery<Wanted>,
) -> Result<Answer, Problem> {
    let position = read.stand(&app.reads, NAME, caller.tenant).await?;
    if let Some(unchanged) = read.not_modified(position) {
        return Ok(unchanged);
    }
    let filter = Filter {
        category: wanted
            .category
            .map(|category| format!("{category:?}").to_lowercase()),
        severity: wanted.severity.map(|severity| severity.as_str().to_owned()),
        hidden: hidden(&caller),
        limit: wanted.limit.get(),
        cursor: wanted.cursor,
    };
    let (rows, next) = list(&app.reads, caller.tenant, &filter).await?;
    let items: Vec<ActivityEvent> = rows.into_iter().map(ActivityEvent::from).collect();
    Answer::array(&read, position, &items, next.as_deref())
}
