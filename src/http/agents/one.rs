//! `GET /api/v1/agents/{id}`

use axum::extract::State;
use chrono::{DateTime, Utc};
use pantheon_events::{Position, Sequence};
use pantheon_projections::agents::{self, AgentRow, NAME};
use pantheon_projections::engine::Fault;

use super::Agent;
use super::answer::{id_of, row_of};
use crate::app::App;
use crate::http::moment::until;
use crate::http::{Answer, ApiPath, AsOf, Caller, Problem, ReadOptions};

const BATCH: usize = 1_000;

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
    read: ReadOptions,
    ApiPath(name): ApiPath<String>,
) -> Result<Answer, Problem> {
    if let Some(moment) = read.as_of {
        return then(&app, &caller, &read, name, moment).await;
    }
    let position = app.reads.at(NAME, read.min_position, read.wait).await?;
    let row = row_of(&app, &caller, &name).await?;
    Answer::found(&read, position, Agent::now(&app, row))
}

/// The agent after the last event up to a moment.
async fn then(
    app: &App,
    caller: &Caller,
    read: &ReadOptions,
    name: String,
    moment: AsOf,
) -> Result<Answer, Problem> {
    let until = until(&app.log, read, moment).await?;
    let id = id_of(app, caller, name).await?;
    let Some((row, last)) = folded(app, &id, until).await? else {
        return Err(Problem::not_found());
    };
    if row.tenant != caller.tenant.as_uuid() {
        return Err(Problem::not_found());
    }
    let seen_at = match moment {
        AsOf::Time(time) => time,
        AsOf::Position(_) => last,
    };
    Answer::found(
        read,
        until,
        Agent::at(row, app.config.health_thresholds(), seen_at),
    )
}

/// The row, and when its last event was recorded.
async fn folded(
    app: &App,
    id: &str,
    until: Position,
) -> Result<Option<(AgentRow, DateTime<Utc>)>, Problem> {
    let (mut seen, mut after) = (None, Sequence::ZERO);
    loop {
        let events = app.log.stream("agent", id, after, BATCH).await?;
        for event in events.iter().take_while(|event| event.position <= until) {
            let before = seen.map(|(row, _)| row);
            let row =
                agents::fold(before, event).map_err(|fault: Fault| Problem::internal(&fault))?;
            seen = Some((row, event.recorded_at));
        }
        match events.last() {
            Some(last) if last.position <= until && events.len() == BATCH => after = last.sequence,
            _ => return Ok(seen),
        }
    }
}
