//! `GET /api/v1/agents/{id}`

use axum::extract::State;
use pantheon_events::RecordedEvent;
use pantheon_projections::agents;

use super::Agent;
use super::answer::{id_of, row_of, stand};
use crate::app::App;
use crate::http::past::past;
use crate::http::{Answer, ApiPath, AsOf, Caller, Problem, ReadOptions, ReadThen};

/// One agent, as it is or as it was (`as_of`; its tasks are then not counted).
#[utoipa::path(
    get, path = "/api/v1/agents/{id}", tag = "agents",
    params(
        ("id" = String, Path, description = "the agent, under any of its names"),
        ("as_of" = Option<String>, Query, description = "a position or a time in the past"),
    ),
    responses((status = 200, description = "the agent", body = Agent)),
)]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    ReadThen(read): ReadThen,
    ApiPath(name): ApiPath<String>,
) -> Result<Answer, Problem> {
    if let Some(moment) = read.as_of {
        return then(&app, &caller, &read, name, moment).await;
    }
    let position = stand(&app, &caller, &read).await?;
    let row = row_of(&app, &caller, &name).await?;
    let sequence = app.log.sequence_at(("agent", &row.id), position.at).await?;
    let agent = Agent::now(&app, row).numbered(sequence);
    Answer::found(&read, position, agent)
}

/// The agent after the last event up to a moment.
async fn then(
    app: &App,
    caller: &Caller,
    read: &ReadOptions,
    name: String,
    moment: AsOf,
) -> Result<Answer, Problem> {
    let id = id_of(app, caller, name).await?;
    let fold = |row, event: &RecordedEvent| agents::fold(row, event).map(Some);
    let then = past(app, read, moment, ("agent", &id), fold).await?;
    let then = then.filter(|then| then.row.tenant == caller.tenant.as_uuid());
    let then = then.ok_or_else(Problem::not_found)?;
    let seen_at = match moment {
        AsOf::Time(time) => time,
        AsOf::Position(_) => then.recorded_at,
    };
    let agent = Agent::at(then.row, app.config.health_thresholds(), seen_at);
    Answer::found(read, then.position, agent.numbered(then.sequence))
}
