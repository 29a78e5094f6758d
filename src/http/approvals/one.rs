//! `GET /api/v1/approvals/{id}`.

use axum::extract::State;

use super::view::{Approval, stand, visible};
use crate::app::App;
use crate::http::{Answer, ApiPath, Caller, Problem, ReadOptions};

/// One approval.
#[utoipa::path(get, path = "/api/v1/approvals/{id}", tag = "approvals",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The approval", body = Approval)))]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiPath(id): ApiPath<String>,
) -> Result<Answer, Problem> {
    let position = stand(&app, &caller, &read).await?;
    let row = visible(&app, &caller, &id).await?;
    Answer::found(&read, position, Approval::from(row))
}
