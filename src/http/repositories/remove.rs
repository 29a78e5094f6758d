//! `DELETE /api/v1/repositories/{id}`.

use axum::extract::State;
use pantheon_events::RepositoryId;
use pantheon_events::repositories::RemoveRepository;
use pantheon_projections::repositories::NAME;
use serde_json::json;

use super::view::send;
use crate::app::App;
use crate::http::after::reached;
use crate::http::{Answer, ApiPath, Caller, CommandHeaders, Problem};

/// Lets a repository go; again is fine. Executions keep their reference to it.
#[utoipa::path(delete, path = "/api/v1/repositories/{id}", tag = "repositories",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, description = "`{message}`", body = Object)))]
pub async fn remove(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<RepositoryId>,
) -> Result<Answer, Problem> {
    let receipt = send(&app, &caller, &headers, id, RemoveRepository {}).await?;
    reached(&app, NAME, &receipt).await;
    Answer::done(receipt, json!({ "message": "Repository removed" }))
}
