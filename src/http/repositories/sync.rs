//! `POST /api/v1/repositories/{id}/sync`.

use axum::extract::State;
use pantheon_events::RepositoryId;
use pantheon_events::repositories::RequestSync;
use serde_json::json;

use super::view::send;
use crate::app::App;
use crate::http::{Answer, ApiJsonOrEmpty, ApiPath, Caller, CommandHeaders, Problem};

/// Asks for a repository's issues to be read again; `synced_at` tells when they were.
#[utoipa::path(post, path = "/api/v1/repositories/{id}/sync", tag = "repositories",
    params(("id" = uuid::Uuid, Path)),
    request_body = ref("#/components/schemas/RequestSync"),
    responses((status = 202, description = "`{id, status}`", body = Object)))]
pub async fn sync(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<RepositoryId>,
    ApiJsonOrEmpty(command): ApiJsonOrEmpty<RequestSync>,
) -> Result<Answer, Problem> {
    let receipt = send(&app, &caller, &headers, id, command).await?;
    Answer::accepted(receipt, json!({ "id": id, "status": "accepted" }))
}
