//! `GET /api/v1/approvals/{id}`.

use axum::extract::State;
use pantheon_events::RecordedEvent;
use pantheon_projections::approvals::fold;

use super::view::{Approval, approval_id, seen_by, stand, visible};
use crate::app::App;
use crate::http::past::past;
use crate::http::{Answer, ApiPath, AsOf, Caller, Problem, ReadOptions, ReadThen};

/// One approval, as it is or as it was (`as_of`).
#[utoipa::path(get, path = "/api/v1/approvals/{id}", tag = "approvals",
    params(("id" = uuid::Uuid, Path),
        ("as_of" = Option<String>, Query, description = "a position or a time in the past")),
    responses((status = 200, description = "The approval", body = Approval)))]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    ReadThen(read): ReadThen,
    ApiPath(id): ApiPath<String>,
) -> Result<Answer, Problem> {
    if let Some(moment) = read.as_of {
        return then(&app, &caller, &read, &id, moment).await;
    }
    let position = stand(&app, &caller, &read).await?;
    let row = visible(&app, &caller, &id).await?;
    Answer::found(&read, position, Approval::from(row))
}

/// The approval after the last event up to a moment.
async fn then(
    app: &App,
    caller: &Caller,
    read: &ReadOptions,
    id: &str,
    moment: AsOf,
) -> Result<Answer, Problem> {
    let id = approval_id(id)?.to_string();
    let fold = |row, event: &RecordedEvent| fold(row, event).map(Some);
    let then = past(app, read, moment, ("approval", &id), fold).await?;
    let then = then
        .filter(|then| then.row.tenant == caller.tenant.as_uuid() && seen_by(caller, &then.row))
        .ok_or_else(Problem::not_found)?;
    Answer::found(read, then.position, Approval::from(then.row))
}
