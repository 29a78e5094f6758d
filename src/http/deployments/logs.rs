//! `GET /api/v1/deployments/{id}/logs`.

use axum::extract::State;
use pantheon_events::agents::catalogue_type;
use pantheon_events::deployments::{
    DEPLOYER, DeploymentLogAppended, DeploymentLogEntry, EnvironmentEvent,
};
use pantheon_events::{DomainEvent, RecordedEvent, Sequence};
use pantheon_projections::deployments::NAME;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use super::view::visible;
use super::{features, is_on};
use crate::app::App;
use crate::http::{Answer, ApiPath, ApiQuery, Caller, Problem, ReadOptions};

const USUAL: usize = 1_000;
const MOST: usize = 10_000;

/// How many lines.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// The newest so many (1–10000).
    #[param(minimum = 1, maximum = 10000)]
    limit: Option<usize>,
}

/// A deployment's log, oldest first, read from its stream.
#[utoipa::path(get, path = "/api/v1/deployments/{id}/logs", tag = "deployments",
    params(("id" = uuid::Uuid, Path), Wanted),
    responses((status = 200, description = "Lines", body = Vec<Object>)))]
pub async fn logs(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiPath(id): ApiPath<String>,
    ApiQuery(wanted): ApiQuery<Wanted>,
) -> Result<Answer, Problem> {
    let limit = wanted.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::malformed_field(
            "limit",
            "expected a number between 1 and 10000",
        ));
    }
    let position = read.stand(&app.reads, NAME, caller.tenant).await?;
    let position = position.and(features(&app, &caller, &read).await?);
    if !is_on(&app, &caller).await? {
        return Err(Problem::not_found());
    }
    let row = visible(&app, caller.tenant, &id).await?;
    let stream = row.environment_id.to_string();
    let mut lines = Vec::new();
    let mut after = Sequence::ZERO;
    loop {
        let events = app.log.stream("environment", &stream, after, USUAL).await?;
        let Some(last) = events.last() else { break };
        after = last.sequence;
        for event in &events {
            if let Some(appended) = log_of(event, row.id) {
                lines.extend(shown(event, &appended));
            }
        }
    }
    let skipped = lines.len().saturating_sub(limit);
    Answer::array(&read, position, &lines[skipped..], None)
}

fn log_of(event: &RecordedEvent, deployment: uuid::Uuid) -> Option<DeploymentLogAppended> {
    let fact =
        EnvironmentEvent::decode(&event.event_type, &event.event_version, event.payload.get());
    match fact {
        Ok(EnvironmentEvent::DeploymentLogAppended(appended))
            if appended.deployment_id.as_uuid() == deployment =>
        {
            Some(appended)
        }
        _ => None,
    }
}

fn shown(event: &RecordedEvent, appended: &DeploymentLogAppended) -> Vec<Value> {
    let agent_type = catalogue_type(DEPLOYER).map(|known| known.long_name());
    let line = |(n, entry): (usize, &DeploymentLogEntry)| {
        json!({
            "id": format!("{}:{n}", event.event_id),
            "timestamp": event.recorded_at,
            "message": entry.message,
            "session_id": appended.deployment_id,
            "level": entry.level,
            "source": "deployment",
            "agent_type": agent_type,
            "agent_id": event.metadata.actor.id,
        })
    };
    appended.entries.iter().enumerate().map(line).collect()
}
