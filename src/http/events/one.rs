//! `GET /api/v1/events/{id}`: one event, by its position or its id.

use axum::extract::State;

use super::scope::{Scope, find};
use super::{EventsDeps, page};
use crate::http::moment::reach;
use crate::http::{Answer, ApiPath, Caller, Problem, ReadOptions};

/// One event.
#[utoipa::path(
    get, path = "/api/v1/events/{id}", tag = "events",
    params(("id" = String, Path, description = "a position or an event id")),
    responses((status = 200, description = "the CloudEvent", body = ref("#/components/schemas/CloudEvent")), (status = 404, description = "no such event here")),
)]
pub async fn one(
    State(deps): State<EventsDeps>,
    caller: Caller,
    read: ReadOptions,
    ApiPath(name): ApiPath<String>,
) -> Result<Answer, Problem> {
    let scope = Scope::of(&deps, &caller, None)?;
    reach(&deps.log, &read).await?;
    let event = scope.one(find(&deps, &name).await?).await?;
    Answer::found(&read, event.position, page::raw(&event)?)
}
