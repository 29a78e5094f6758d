//! `GET /api/v1/events/{id}/trace`: everything that began with the same request, as a tree of
//! causes and effects.
//!
//! The first command's own events are found by its id in the log, the effects by the small
//! projection `traces`; the append carries nothing for it.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use pantheon_events::{CommandId, EventId, Position, RecordedEvent};
use pantheon_log::AppendError;
use pantheon_projections::traces::{TRACES, effects};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::scope::{Scope, find};
use super::{EventsDeps, page};
use crate::http::{Answer, ApiPath, Caller, Problem, ReadOptions};
use crate::live::filter::Filter;

/// Most effects in one answer.
const EFFECTS: i64 = 500;
/// Events of one command that are read at a time.
const READ: i64 = 100;

/// One event and what it brought about.
#[derive(Debug, Serialize)]
struct Node<'a> {
    event: &'a RawValue,
    effects: Vec<Node<'a>>,
}

#[derive(Debug, Serialize)]
struct Trace<'a> {
    /// The request that everything began with, which is the id of its first command.
    correlation_id: Uuid,
    /// The events of the first command, each with its effects.
    items: Vec<Node<'a>>,
    /// Whether there are more effects than one answer holds.
    truncated: bool,
    position: Position,
}

/// The causes and effects around one event.
#[utoipa::path(
    get, path = "/api/v1/events/{id}/trace", tag = "events",
    params(("id" = String, Path, description = "a position or an event id")),
    responses((status = 200, description = "`{correlation_id, items: [{event, effects}], truncated, position}`", body = Object), (status = 404, description = "no such event here")),
)]
pub async fn trace(
    State(deps): State<EventsDeps>,
    caller: Caller,
    read: ReadOptions,
    ApiPath(name): ApiPath<String>,
) -> Result<Answer, Problem> {
    let scope = Scope::of(&deps, &caller, None)?;
    let event = scope.one(find(&deps, &name).await?).await?;
    let correlation_id = event.metadata.correlation_id;
    let min = read.min_position.unwrap_or_default().max(event.position);
    let position = deps.reads.wait_for(TRACES, min, read.wait).await?;
    let followed = effects(&deps.reads, correlation_id, EFFECTS + 1).await?;
    let truncated = followed.len() as i64 > EFFECTS;
    let mut events = first_events(&deps, CommandId::new(correlation_id)).await?;
    for position in followed.into_iter().take(EFFECTS as usize) {
        events.extend(deps.log.event_at(position).await?);
    }
    events.sort_by_key(|event| event.position);
    let events = scope.keep(&Filter::default(), events).await?;
    let items = tree(&events)?;
    Answer::found(
        &read,
        position,
        Trace {
            correlation_id,
            items,
            truncated,
            position,
        },
    )
}

/// The events of the request's first command: they stand together, and the log keeps the position
/// of the last one.
async fn first_events(
    deps: &EventsDeps,
    id: CommandId,
) -> Result<Vec<Arc<RecordedEvent>>, Problem> {
    let Some((recorded, _)) = deps.log.command(id).await.map_err(no_lookup)? else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    let mut end = recorded.position;
    loop {
        let start = Position::new((end.get() - READ).max(0));
        let mut events = deps
            .log
            .read(start, (end.get() - start.get()) as usize)
            .await?
            .events;
        events.retain(|event| event.command_id == id);
        let whole = events.len() as i64 == READ;
        found.append(&mut events);
        if !whole {
            return Ok(found);
        }
        end = start;
    }
}

fn no_lookup(error: AppendError) -> Problem {
    error.into()
}

/// Hangs every event under the one that caused it; those whose cause is not among them come first.
fn tree(events: &[Arc<RecordedEvent>]) -> Result<Vec<Node<'_>>, Problem> {
    let known: HashMap<EventId, ()> = events.iter().map(|event| (event.event_id, ())).collect();
    let mut waiting: HashMap<Option<EventId>, Vec<Node<'_>>> = HashMap::new();
    // An effect comes after its cause, so going backwards each node is complete when it is hung up.
    for event in events.iter().rev() {
        let mut effects = waiting.remove(&Some(event.event_id)).unwrap_or_default();
        effects.reverse();
        let cause = event
            .metadata
            .causation_id
            .filter(|id| known.contains_key(id));
        let node = Node {
            event: page::raw(event)?,
            effects,
        };
        waiting.entry(cause).or_default().push(node);
    }
    let mut roots = waiting.remove(&None).unwrap_or_default();
    roots.reverse();
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::testing::event;

    #[test]
    fn effects_hang_under_their_cause_in_the_order_of_the_log() {
        let first = event(1, "task", "a", "task_created");
        let mut second = event(2, "task", "a", "task_started");
        second.metadata.causation_id = Some(first.event_id);
        let mut third = event(3, "task", "b", "task_created");
        third.metadata.causation_id = Some(first.event_id);
        let mut fourth = event(4, "agent", "c", "agent_status_changed");
        fourth.metadata.causation_id = Some(third.event_id);
        let events = [first, second, third, fourth].map(Arc::new);
        let tree = tree(&events).expect("a tree");
        assert_eq!(tree.len(), 1);
        let effects = &tree[0].effects;
        assert_eq!(
            (
                effects.len(),
                effects[0].effects.len(),
                effects[1].effects.len()
            ),
            (2, 0, 1)
        );
        assert!(
            effects[1].effects[0]
                .event
                .get()
                .contains("agent_status_changed")
        );
    }
}
