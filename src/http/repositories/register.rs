//! `POST /api/v1/repositories`.

use axum::extract::State;
use pantheon_events::Sequence;
use pantheon_events::repositories::{RegisterRepository, repository_id};

use super::view::{Repository, after, send};
use crate::app::App;
use crate::http::{Answer, ApiJson, Caller, CommandHeaders, Problem};
use crate::store::Receipt;

/// Takes a repository up: `201` the first time, `200` when it is there already.
#[utoipa::path(post, path = "/api/v1/repositories", tag = "repositories",
    request_body = ref("#/components/schemas/RegisterRepository"),
    responses((status = 201, description = "The new repository", body = Repository),
        (status = 200, description = "The repository that is there", body = Repository)))]
pub async fn register(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiJson(command): ApiJson<RegisterRepository>,
) -> Result<Answer, Problem> {
    let id = repository_id(caller.tenant, &command.full_name);
    let receipt = send(&app, &caller, &headers, id, command).await?;
    let shown = after(&app, &caller, id, &receipt).await;
    if !is_new(&app, &receipt).await {
        return shown.done(&receipt, id);
    }
    let location = format!("/api/v1/repositories/{id}");
    shown.created(&receipt, &location, id)
}

/// Whether it was this command that took the repository up. What cannot be found out now is taken
/// for a repeat: it is there, whoever made it.
async fn is_new(app: &App, receipt: &Receipt) -> bool {
    let before = Sequence::new(receipt.sequence.get() - 1);
    let last = app
        .log
        .stream("repository", &receipt.aggregate_id, before, 1);
    let last = last.await.unwrap_or_default();
    last.first().is_some_and(|event| {
        event.command_id == receipt.command_id && event.event_type == "repository_registered"
    })
}
