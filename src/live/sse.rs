//! `GET /api/v1/events/stream`: the live stream as server-sent events.
//!
//! Shape: the answer's body pulls; a client that reads slowly is simply asked for less often.
//! Ordering and delivery: those of [`subscription`](super::subscription). `id` is the position,
//! so that `Last-Event-ID` resumes; checkpoints move it too.
//! On failure: the body ends and the client comes back after 2 s with its last id. A connection that
//! takes no bytes for 30 s is cut by the server below.

use std::convert::Infallible;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::{BufMut, Bytes, BytesMut};
use futures_util::stream;
use pantheon_events::{Epoch, Position, RecordedEvent};
use pantheon_log::Lineage;
use serde::Deserialize;
use tokio::sync::watch;
use utoipa::IntoParams;

use super::deps::{LiveDeps, Viewer};
use super::filter::{Filter, FilterSpec};
use super::frame::{After, From, Recovered};
use super::meters;
use super::start::{Start, resolve};
use super::subscription::{Delivery, StepError, Subscription};
use super::visibility::Visibility;
use super::wake::{moved, replaced};
use crate::http::{ApiQuery, Caller, Problem};

/// A comment at least this often keeps proxies from closing the connection.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// What the client waits before it comes back, said first.
const RETRY: &str = "retry: 2000\n\n";

/// The query string: the filter's lists with commas, and the place.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// Aggregate types.
    pub aggregates: Option<String>,
    /// Event types, or beginnings of them with `*`.
    pub types: Option<String>,
    /// Aggregate ids.
    pub ids: Option<String>,
    /// The last position that the client has; without it the stream begins now.
    #[param(value_type = Option<String>)]
    pub after: Option<Position>,
    /// The epoch that the position was read in.
    #[param(value_type = Option<String>)]
    pub epoch: Option<Epoch>,
}

impl StreamQuery {
    fn filter(&self) -> Result<Filter, Problem> {
        let list = |names: &Option<String>| {
            names
                .as_ref()
                .map(|names| names.split(',').map(str::to_owned).collect())
        };
        let spec = FilterSpec {
            aggregates: list(&self.aggregates),
            types: list(&self.types),
            ids: list(&self.ids),
        };
        Filter::new(spec)
            .map_err(|invalid| Problem::malformed_field(invalid.field, invalid.problem))
    }
}

/// The live stream as server-sent events, from the client's place on.
#[utoipa::path(
    get, path = "/api/v1/events/stream", tag = "live", params(StreamQuery),
    responses((status = 200, description = "server-sent events: CloudEvents with the position as `id`, `checkpoint` events, a comment every 15 s", body = String, content_type = "text/event-stream")),
)]
pub async fn stream(
    State(deps): State<LiveDeps>,
    caller: Caller,
    ApiQuery(query): ApiQuery<StreamQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let filter = query.filter()?;
    let after = last_event_id(&headers)?.or(query.after);
    let from = after.map_or(From::Now, |after| {
        From::After(After {
            after,
            epoch: query.epoch,
        })
    });
    let viewer = deps.viewer(caller.principal.as_ref().clone());
    let eyes = viewer.eyes();
    open(deps, viewer, eyes, filter, from, encode).await
}

/// The answer whose body is what these eyes see from a place on, each delivery as `encode` writes it.
pub(super) async fn open<E>(
    deps: LiveDeps,
    viewer: Viewer,
    eyes: Arc<dyn Visibility>,
    filter: Filter,
    from: From,
    encode: E,
) -> Result<Response, Problem>
where
    E: FnMut(&Delivery) -> Bytes + Send + 'static,
{
    let begins_now = matches!(from, From::Now);
    let start = resolve(&deps.log, from, &filter, eyes.as_ref()).await?;
    let subscription = Subscription::new(start.after, 0, filter, eyes);
    let feed = Feed {
        head: deps.log.watch_head(),
        lineage: deps.log.watch_lineage(),
        began: deps.log.lineage().epoch,
        deps,
        viewer,
        subscription,
        encode,
        welcome: Some(welcome(start, begins_now)),
        wrote: Instant::now(),
        _counted: meters::subscription(),
    };
    let body = stream::unfold(feed, |mut feed| async {
        let chunk = feed.next().await?;
        Some((Ok::<_, Infallible>(chunk), feed))
    });
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/event-stream"),
        ),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-cache, no-transform"),
        ),
        (
            header::HeaderName::from_static("x-accel-buffering"),
            HeaderValue::from_static("no"),
        ),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// The place that a client says it has, in the words of its stream.
pub(super) fn last_event_id<P: FromStr>(headers: &HeaderMap) -> Result<Option<P>, Problem> {
    let Some(value) = headers
        .get("last-event-id")
        .filter(|value| !value.is_empty())
    else {
        return Ok(None);
    };
    let place = value.to_str().ok().and_then(|text| text.parse().ok());
    place.map(Some).ok_or_else(|| {
        Problem::malformed_field(
            "Last-Event-ID",
            "expected the id of an event of this stream",
        )
    })
}

/// One client's stream.
struct Feed<E> {
    deps: LiveDeps,
    viewer: Viewer,
    subscription: Subscription,
    encode: E,
    head: watch::Receiver<Position>,
    lineage: watch::Receiver<Lineage>,
    began: Epoch,
    welcome: Option<Bytes>,
    wrote: Instant,
    _counted: meters::Gauge,
}

impl<E: FnMut(&Delivery) -> Bytes> Feed<E> {
    /// The next bytes; `None` ends the stream.
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(welcome) = self.welcome.take() {
            return Some(welcome);
        }
        loop {
            self.deps.confirm(&self.viewer).ok()?;
            if self.deps.stop.is_cancelled() {
                return None;
            }
            self.head.borrow_and_update();
            let more = match self.subscription.step(&self.deps.log, Instant::now()).await {
                Ok(delivery) if delivery.items.is_empty() && delivery.checkpoint.is_none() => {
                    delivery.more
                }
                Ok(delivery) => {
                    self.wrote = Instant::now();
                    if let Some(first) = delivery.items.first() {
                        meters::delivered(first, delivery.items.len(), self.deps.clock.now());
                    }
                    return Some((self.encode)(&delivery));
                }
                Err(StepError::Unavailable) => false,
                Err(error) => {
                    tracing::error!(%error, "an event stream has stopped");
                    return None;
                }
            };
            if self.wrote.elapsed() >= HEARTBEAT {
                self.wrote = Instant::now();
                return Some(Bytes::from_static(b": heartbeat\n\n"));
            }
            if !more {
                self.wait().await?;
            }
        }
    }

    /// Until there may be news, for at most a second; `None` when the node stops or the log's lineage
    /// has changed: the client comes back.
    async fn wait(&mut self) -> Option<()> {
        let gather = self.wrote + self.deps.linger();
        tokio::select! {
            () = self.deps.stop.cancelled() => None,
            () = replaced(&mut self.lineage, self.began) => None,
            () = moved(&mut self.head, gather) => Some(()),
            () = tokio::time::sleep(Duration::from_secs(1)) => Some(()),
        }
    }
}

fn welcome(start: Start, begins_now: bool) -> Bytes {
    let lost = start.reason.filter(|_| start.recovered == Recovered::None);
    match lost {
        None if !begins_now => Bytes::from_static(RETRY.as_bytes()),
        // A client without a place is told its place at once: if it lost the connection before the
        // first event, it would come back without one and begin later than it did.
        None => Bytes::from(format!(
            "{RETRY}event: checkpoint\nid: {0}\ndata: {{\"position\":\"{0}\"}}\n\n",
            start.after
        )),
        Some(reason) => Bytes::from(format!(
            "{RETRY}event: recovered_none\nid: {}\ndata: {{\"reason\":\"{reason}\",\"earliest\":\"1\"}}\n\n",
            start.after
        )),
    }
}

fn encode(delivery: &Delivery) -> Bytes {
    let payload: usize = delivery
        .items
        .iter()
        .map(|event| event.cloud_event().len() + 48)
        .sum();
    let mut out = BytesMut::with_capacity(payload + 64);
    for event in &delivery.items {
        put_event(&mut out, event);
    }
    if let Some(position) = delivery.checkpoint {
        let data =
            format!("event: checkpoint\nid: {position}\ndata: {{\"position\":\"{position}\"}}\n\n");
        out.put_slice(data.as_bytes());
    }
    out.freeze()
}

fn put_event(out: &mut BytesMut, event: &RecordedEvent) {
    out.put_slice(format!("id: {}\ndata: ", event.position).as_bytes());
    let start = out.len();
    out.put_slice(event.cloud_event());
    one_line(&mut out[start..]);
    out.put_slice(b"\n\n");
}

/// Makes JSON one line: a line break in it is white space between tokens.
pub fn one_line(json: &mut [u8]) {
    for byte in json
        .iter_mut()
        .filter(|byte| matches!(**byte, b'\n' | b'\r'))
    {
        *byte = b' ';
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::testing::with_payload;

    #[test]
    fn an_event_is_one_data_line_under_its_position_even_when_its_payload_has_line_breaks() {
        let event = with_payload(
            7,
            "task",
            "a",
            "task_created",
            "{\n \"a\": 1\r\n}".to_owned(),
        );
        let delivery = Delivery {
            items: vec![Arc::new(event)],
            ..Delivery::default()
        };
        let text = String::from_utf8(encode(&delivery).to_vec()).expect("UTF-8");
        let lines: Vec<_> = text.lines().collect();
        assert_eq!((lines.len(), lines[0], lines[2]), (3, "id: 7", ""));
        let data = lines[1].strip_prefix("data: ").expect("a data line");
        let value: serde_json::Value = serde_json::from_str(data).expect("JSON");
        assert_eq!(value["data"]["a"], 1);
    }

    #[test]
    fn a_checkpoint_moves_the_id() {
        let delivery = Delivery {
            checkpoint: Some(Position::new(9)),
            ..Delivery::default()
        };
        assert_eq!(
            encode(&delivery),
            "event: checkpoint\nid: 9\ndata: {\"position\":\"9\"}\n\n"
        );
    }
}
