//! `GET /api/v1/repositories/{id}`.

use axum::extract::State;
use pantheon_events::RepositoryId;
use pantheon_projections::repositories::{NAME, fold, one as row};

use super::view::Repository;
use crate::app::App;
use crate::http::past::past;
use crate::http::{Answer, ApiPath, AsOf, Caller, Problem, ReadOptions, ReadThen};

/// One repository, as it is or as it was (`as_of`).
#[utoipa::path(get, path = "/api/v1/repositories/{id}", tag = "repositories",
    params(("id" = uuid::Uuid, Path),
        ("as_of" = Option<String>, Query, description = "a position or a time in the past")),
    responses((status = 200, description = "The repository", body = Repository)))]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    ReadThen(read): ReadThen,
    ApiPath(id): ApiPath<RepositoryId>,
) -> Result<Answer, Problem> {
    if let Some(moment) = read.as_of {
        return then(&app, &caller, &read, id, moment).await;
    }
    let stand = read.stand(&app.reads, NAME, caller.tenant).await?;
    let row = row(&app.reads, caller.tenant, id).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let stream = ("repository", &*id.to_string());
    let sequence = app.log.sequence_at(stream, stand.at).await?;
    Answer::found(&read, stand, Repository::numbered(row, sequence))
}

/// The repository after the last event up to a moment.
async fn then(
    app: &App,
    caller: &Caller,
    read: &ReadOptions,
    id: RepositoryId,
    moment: AsOf,
) -> Result<Answer, Problem> {
    let then = past(app, read, moment, ("repository", &id.to_string()), fold).await?;
    match then.filter(|then| then.row.tenant == caller.tenant.as_uuid()) {
        Some(then) => {
            let repository = Repository::numbered(then.row, then.sequence);
            Answer::found(read, then.position, repository)
        }
        None => Err(Problem::not_found()),
    }
}
