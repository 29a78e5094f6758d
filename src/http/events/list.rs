//! `GET /api/v1/events`: the log, page by page, as a long poll, or as NDJSON.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use pantheon_events::{Position, RecordedEvent, Sequence};
use serde::Deserialize;
use tokio::time::Instant;
use utoipa::IntoParams;

use super::scope::{Scope, Whose};
use super::stream::StreamName;
use super::{EventsDeps, ndjson, page};
use crate::http::moment::reach;
use crate::http::read::LONG_WAIT;
use crate::http::{ApiQuery, Caller, LongRead, Problem, ReadOptions, cursor};
use crate::live::filter::{Filter, FilterSpec};

/// Events looked at for one page: a rare type does not keep a request busy for ever.
const LOOK: usize = 20_000;
/// Events asked for in one read.
const READ: usize = 1000;

/// What to list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// The last position that the caller has; 0 = from the beginning.
    #[param(value_type = Option<String>)]
    pub after: Option<Position>,
    /// The `next_cursor` of the page before; wins over `after`.
    pub cursor: Option<String>,
    /// Events on a page, 1 to 1000 (100).
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<usize>,
    /// One stream: `<aggregate type>/<id>`.
    #[param(pattern = "^[^/]+/.+$")]
    pub stream: Option<String>,
    /// Event types, separated by commas; a name may end in `*`.
    #[param(pattern = "^[^,]+(,[^,]+)*$")]
    pub r#type: Option<String>,
    /// Another tenant, or `*` for all of them: for those who run the installation.
    #[param(value_type = Option<String>, pattern = r"^(\*|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$")]
    pub tenant: Option<Whose>,
    /// Seconds to wait for an event when there is none yet (0, at most 25).
    #[param(minimum = 0, maximum = 25)]
    pub wait: Option<f64>,
}

/// A checked request.
pub struct Listing {
    pub after: Position,
    pub filter: Filter,
    pub scope: Scope,
    /// The one stream that is asked for, which `filter` names too.
    pub stream: Option<StreamName>,
}

/// A part of the log.
pub struct Part {
    pub events: Vec<Arc<RecordedEvent>>,
    /// Everything up to here has been looked at.
    pub looked: Position,
    pub head: Position,
}

impl ListQuery {
    fn after(&self) -> Result<Position, Problem> {
        match &self.cursor {
            Some(text) => cursor::decode(text),
            None => Ok(self.after.unwrap_or_default()),
        }
    }

    fn stream(&self) -> Result<Option<StreamName>, Problem> {
        self.stream.as_deref().map(StreamName::parse).transpose()
    }

    fn filter(&self, stream: Option<&StreamName>) -> Result<Filter, Problem> {
        let types = self
            .r#type
            .as_ref()
            .map(|names| names.split(',').map(str::to_owned).collect());
        let filter = Filter::new(FilterSpec {
            types,
            aggregates: stream.map(|stream| vec![stream.kind.clone()]),
            ids: stream.map(|stream| vec![stream.id.clone()]),
        });
        filter.map_err(|invalid| {
            let field = match invalid.field {
                "types" => "type",
                _ => "stream",
            };
            Problem::malformed_field(field, invalid.problem)
        })
    }

    fn wait(&self) -> Result<Duration, Problem> {
        match self.wait.unwrap_or_default() {
            seconds if (0.0..=LONG_WAIT).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
            _ => Err(Problem::malformed_field(
                "wait",
                format!("expected seconds between 0 and {LONG_WAIT}"),
            )),
        }
    }
}

/// The events of the log after a position.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "events", params(ListQuery),
    responses((status = 200, description = "everything up to `position` was looked at; with `Accept: application/x-ndjson` one CloudEvent per line", content(
        (ref("#/components/schemas/EventPage") = "application/json"),
        (String = "application/x-ndjson"),
    ))),
)]
pub async fn list(
    State(deps): State<EventsDeps>,
    caller: Caller,
    LongRead(read): LongRead,
    headers: HeaderMap,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> Result<Response, Problem> {
    let limit = page::limit(query.limit)?;
    let wait = query.wait()?;
    let stream = query.stream()?;
    let listing = Listing {
        after: query.after()?,
        filter: query.filter(stream.as_ref())?,
        scope: Scope::of(&deps, &caller, query.tenant)?,
        stream,
    };
    reach(&deps.log, &read).await?;
    if wants_lines(&headers) {
        if !wait.is_zero() {
            poll(&deps, &listing, 1, wait).await?;
        }
        return Ok(ndjson::answer(deps, listing, query.limit));
    }
    finish(&read, poll(&deps, &listing, limit, wait).await?)
}

fn finish(read: &ReadOptions, part: Part) -> Result<Response, Problem> {
    let more = part.looked < part.head;
    let next = more.then(|| cursor::encode(&part.looked));
    // A caller may ask for what comes after a position that is not there yet.
    let position = part.looked.min(part.head);
    Ok(page::answer(read, position, &part.events, next)?.into_response())
}

fn wants_lines(headers: &HeaderMap) -> bool {
    let accepts = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    accepts.is_some_and(|accepts| accepts.contains("application/x-ndjson"))
}

/// Waits for the first event, at most `wait`.
async fn poll(
    deps: &EventsDeps,
    listing: &Listing,
    limit: usize,
    wait: Duration,
) -> Result<Part, Problem> {
    let until = Instant::now() + wait;
    let mut head = deps.log.watch_head();
    let mut after = listing.after;
    head.borrow_and_update();
    let mut part = look(deps, listing, after, limit).await?;
    loop {
        let over = Instant::now() >= until || deps.stop.is_cancelled();
        if !part.events.is_empty() || over {
            return Ok(part);
        }
        after = part.looked;
        if part.looked >= part.head {
            // Over time or at the node's end the next round answers with what there is.
            tokio::select! {
                _ = tokio::time::timeout_at(until, head.changed()) => {}
                () = deps.stop.cancelled() => {}
            }
        }
        // What is new is found at the log's end, also of one stream.
        head.borrow_and_update();
        part = along_the_log(deps, listing, after, limit).await?;
    }
}

/// Looks for up to `limit` events after a position.
pub async fn look(
    deps: &EventsDeps,
    listing: &Listing,
    after: Position,
    limit: usize,
) -> Result<Part, Problem> {
    match &listing.stream {
        Some(stream) => along_the_stream(deps, listing, stream, after, limit).await,
        None => along_the_log(deps, listing, after, limit).await,
    }
}

async fn along_the_log(
    deps: &EventsDeps,
    listing: &Listing,
    after: Position,
    limit: usize,
) -> Result<Part, Problem> {
    let mut part = Part {
        events: Vec::new(),
        looked: after,
        head: deps.log.head(),
    };
    let mut looked = 0;
    while part.events.len() < limit && looked < LOOK {
        let batch = deps.log.read(part.looked, READ).await?;
        part.head = batch.head;
        let Some(last) = batch.last() else { break };
        looked += batch.events.len();
        part.events
            .extend(listing.scope.keep(&listing.filter, batch.events).await?);
        part.looked = last;
        if part.events.len() > limit {
            part.events.truncate(limit);
        }
        if part.events.len() == limit {
            part.looked = part.events.last().map_or(last, |event| event.position);
        }
    }
    Ok(part)
}

async fn along_the_stream(
    deps: &EventsDeps,
    listing: &Listing,
    stream: &StreamName,
    after: Position,
    limit: usize,
) -> Result<Part, Problem> {
    let mut part = Part {
        events: Vec::new(),
        looked: after,
        head: deps.log.head(),
    };
    let mut read_to = up_to(deps, stream, after).await?;
    loop {
        let log = &deps.log;
        let mut events = log.stream(&stream.kind, &stream.id, read_to, READ).await?;
        let read = events.len();
        events.retain(|event| event.position <= part.head);
        let more = read == READ && events.len() == READ;
        read_to = events.last().map_or(read_to, |event| event.sequence);
        part.events
            .extend(listing.scope.keep(&listing.filter, events).await?);
        if part.events.len() > limit {
            part.events.truncate(limit);
            let last = part.events.last();
            part.looked = last.map_or(after, |event| event.position);
            return Ok(part);
        }
        if !more {
            part.looked = part.looked.max(part.head);
            return Ok(part);
        }
    }
}

/// The sequence of a stream's last event up to a position. Sequences have no holes and grow with the
/// position, so a few looks find it in a stream of any length.
async fn up_to(
    deps: &EventsDeps,
    stream: &StreamName,
    position: Position,
) -> Result<Sequence, Problem> {
    let (mut known, mut step, mut grows) = (0, 1, position > Position::ZERO);
    while step > 0 && position > Position::ZERO {
        let before = Sequence::new(known + step - 1);
        let event = deps.log.stream(&stream.kind, &stream.id, before, 1).await?;
        if event
            .first()
            .is_some_and(|event| event.position <= position)
        {
            known += step;
        } else {
            grows = false;
        }
        step = if grows { step * 2 } else { step / 2 };
    }
    Ok(Sequence::new(known))
}
