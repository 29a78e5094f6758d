//! `GET /api/v1/streams/{type}/{id}`: the events of one aggregate instance.

use std::sync::Arc;

use axum::extract::State;
use pantheon_events::{Position, RecordedEvent, Sequence};
use serde::Deserialize;
use utoipa::IntoParams;

use super::scope::Scope;
use super::{EventsDeps, page};
use crate::http::moment::reach;
use crate::http::{Answer, ApiPath, ApiQuery, AsOf, Caller, Problem, ReadThen, cursor};
use crate::live::filter::Filter;

/// Events asked for in one read.
const READ: usize = 1000;

/// One stream.
pub struct StreamName {
    /// The aggregate type.
    pub kind: String,
    /// The aggregate id.
    pub id: String,
}

impl StreamName {
    /// `<aggregate type>/<id>`.
    pub fn parse(name: &str) -> Result<Self, Problem> {
        let (kind, id) = name.split_once('/').ok_or_else(|| {
            Problem::malformed_field("stream", "expected `<aggregate type>/<id>`")
        })?;
        Ok(Self {
            kind: kind.to_owned(),
            id: id.to_owned(),
        })
    }
}

/// Which part of the stream.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// The last sequence that the caller has.
    #[param(value_type = Option<String>)]
    pub after: Option<Sequence>,
    /// The `next_cursor` of the page before; wins over `after`.
    pub cursor: Option<String>,
    /// Events on a page, 1 to 1000 (100).
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<usize>,
    /// A position or an RFC 3339 time: the history up to there.
    #[expect(
        dead_code,
        reason = "`ReadOptions` reads it; here it only becomes known"
    )]
    pub as_of: Option<String>,
}

/// The events of one stream, in order.
#[utoipa::path(
    get, path = "/api/v1/streams/{type}/{id}", tag = "events",
    params(
        ("type" = String, Path, description = "the aggregate type"),
        ("id" = String, Path, description = "the aggregate id"),
        StreamQuery,
    ),
    responses((status = 200, description = "`{items, next_cursor, position}` of CloudEvents", body = ref("#/components/schemas/EventPage")), (status = 404, description = "no such stream here, or not yet then")),
)]
pub async fn stream(
    State(deps): State<EventsDeps>,
    caller: Caller,
    ReadThen(read): ReadThen,
    ApiPath((kind, id)): ApiPath<(String, String)>,
    ApiQuery(query): ApiQuery<StreamQuery>,
) -> Result<Answer, Problem> {
    let limit = page::limit(query.limit)?;
    let after = match &query.cursor {
        Some(text) => cursor::decode(text)?,
        None => query.after.unwrap_or_default(),
    };
    let scope = Scope::of(&deps, &caller, None)?;
    reach(&deps.log, &read).await?;
    let head = deps.log.head();
    let then = moment(&deps, read.as_of).await?;
    let (mut events, mut read_to, mut read_next) = (Vec::new(), after, limit + 1);
    // What the caller may not see takes no room on the page, and does not end it.
    while events.len() <= limit {
        let mut part = deps.log.stream(&kind, &id, read_to, read_next).await?;
        let end = part.len() < read_next;
        part.retain(|event| then.is_none_or(|then| event.position <= then));
        let Some(last) = part.last() else { break };
        read_to = last.sequence;
        events.extend(scope.keep(&Filter::default(), part).await?);
        if end {
            break;
        }
        read_next = READ;
    }
    let more = events.len() > limit;
    events.truncate(limit);
    if events.is_empty() && after == Sequence::ZERO {
        return Err(Problem::not_found());
    }
    let last = events
        .last()
        .filter(|_| more)
        .map(|event| cursor::encode(&event.sequence));
    let position = then.map_or(head, |then| then.min(head));
    page::answer(&read, position, &events, last)
}

/// The position that a moment in the past stands for.
pub async fn moment(deps: &EventsDeps, as_of: Option<AsOf>) -> Result<Option<Position>, Problem> {
    match as_of {
        None => Ok(None),
        Some(AsOf::Position(position)) => Ok(Some(position)),
        Some(AsOf::Time(time)) => Ok(Some(deps.log.position_at(time).await?)),
    }
}

/// All events of a stream, or those up to a position.
pub async fn events_of(
    deps: &EventsDeps,
    stream: &StreamName,
    up_to: Option<Position>,
) -> Result<Vec<Arc<RecordedEvent>>, Problem> {
    let mut events: Vec<Arc<RecordedEvent>> = Vec::new();
    loop {
        let after = events.last().map_or(Sequence::ZERO, |event| event.sequence);
        let part = deps
            .log
            .stream(&stream.kind, &stream.id, after, READ)
            .await?;
        let end = part.len() < READ;
        events.extend(part);
        let last = events.last().map(|event| event.position);
        if end || last > up_to && up_to.is_some() {
            break;
        }
    }
    events.retain(|event| up_to.is_none_or(|up_to| event.position <= up_to));
    Ok(events)
}
