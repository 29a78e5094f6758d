//! `PATCH /api/v1/repositories/{id}`.

use axum::extract::State;
use pantheon_events::RepositoryId;
use pantheon_events::repositories::UpdateRepository;

use super::view::{Repository, after, send};
use crate::app::App;
use crate::http::{Answer, ApiJson, ApiPath, Caller, CommandHeaders, Problem};

/// Puts a repository aside, or takes it up again.
#[utoipa::path(patch, path = "/api/v1/repositories/{id}", tag = "repositories",
    params(("id" = uuid::Uuid, Path)),
    request_body = ref("#/components/schemas/UpdateRepository"),
    responses((status = 200, description = "The repository", body = Repository)))]
pub async fn update(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<RepositoryId>,
    ApiJson(command): ApiJson<UpdateRepository>,
) -> Result<Answer, Problem> {
    let receipt = send(&app, &caller, &headers, id, command).await?;
    after(&app, &caller, id, &receipt).await.done(&receipt, id)
}
