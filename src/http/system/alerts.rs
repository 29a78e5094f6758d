//! `GET /api/v1/system/alerts`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use pantheon_projections::alerts::{AlertRow, Filter, NAME, list as alerts};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::activity::Severity;
use crate::app::App;
use crate::http::cursor::Limit;
use crate::http::{Answer, ApiQuery, Caller, Problem, ReadOptions};

/// Which alerts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Only open ones, or only those that are over.
    open: Option<bool>,
    #[param(inline)]
    severity: Option<Severity>,
    #[param(value_type = Option<u16>, minimum = 1, maximum = 200)]
    #[serde(default)]
    limit: Limit,
    cursor: Option<String>,
}

/// What the people who run the installation have to know of.
#[derive(Debug, Serialize, ToSchema)]
pub struct SystemAlert {
    id: Uuid,
    /// `info`, `warning` or `critical`.
    severity: String,
    title: String,
    description: String,
    /// What noticed it: `agent`, `deployment`, `projection`, `parked_streams`, `log`, `mirror`,
    /// `session` or `observer`.
    source: String,
    /// What it is about.
    subject: String,
    raised_at: DateTime<Utc>,
    /// Left out while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_at: Option<DateTime<Utc>>,
}

impl From<AlertRow> for SystemAlert {
    fn from(row: AlertRow) -> Self {
        Self {
            id: row.id,
            severity: row.severity,
            title: row.title,
            description: row.description,
            source: row.source,
            subject: row.subject,
            raised_at: row.raised_at,
            resolved_at: row.resolved_at,
        }
    }
}

/// Alerts, the last raised first.
#[utoipa::path(get, path = "/api/v1/system/alerts", tag = "system", params(Wanted),
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
        open: wanted.open,
        severity: wanted.severity.map(|severity| severity.as_str().to_owned()),
        limit: wanted.limit.get(),
        cursor: wanted.cursor,
    };
    let (rows, next) = alerts(&app.reads, caller.tenant, &filter).await?;
    let items: Vec<SystemAlert> = rows.into_iter().map(SystemAlert::from).collect();
    Answer::page(&read, stand, &items, next)
}
