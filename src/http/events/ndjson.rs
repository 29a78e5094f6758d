//! The log as lines of JSON, up to where it stood when the answer began.

use std::convert::Infallible;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::{BufMut, Bytes, BytesMut};
use futures_util::stream;
use pantheon_events::Position;

use super::EventsDeps;
use super::list::{Listing, Part, look};
use super::page::MOST;
use crate::http::Export;
use crate::http::answer::POSITION;

/// Streams the events, one CloudEvent in a line, at most `limit`.
pub fn answer(deps: EventsDeps, listing: Listing, limit: Option<usize>) -> Response {
    let end = deps.log.head();
    let lines = Lines {
        at: listing.after,
        deps,
        listing,
        end,
        left: limit.unwrap_or(usize::MAX),
    };
    let body = stream::unfold(lines, |mut lines| async {
        let chunk = lines.next().await?;
        Some((Ok::<_, Infallible>(chunk), lines))
    });
    let kind = (
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/x-ndjson"),
    );
    let position = (POSITION, HeaderValue::from(end.get()));
    let mut response = ([kind, position], Body::from_stream(body)).into_response();
    response.extensions_mut().insert(Export("events"));
    response
}

struct Lines {
    deps: EventsDeps,
    listing: Listing,
    at: Position,
    end: Position,
    left: usize,
}

impl Lines {
    /// The next lines; `None` at the end. A body that ends early ends without the last positions,
    /// which the caller sees: it knows `Pantheon-Position`.
    async fn next(&mut self) -> Option<Bytes> {
        while self.at < self.end && self.left > 0 && !self.deps.stop.is_cancelled() {
            let most = self.left.min(MOST);
            let part = match look(&self.deps, &self.listing, self.at, most).await {
                Ok(part) => part,
                Err(problem) => {
                    tracing::warn!(code = %problem.code, "a list of events ended early");
                    return None;
                }
            };
            self.at = part.looked;
            let lines = self.lines(&part);
            if !lines.is_empty() {
                return Some(lines);
            }
        }
        None
    }

    fn lines(&mut self, part: &Part) -> Bytes {
        let mut out = BytesMut::new();
        let events = part
            .events
            .iter()
            .filter(|event| event.position <= self.end);
        for event in events.take(self.left) {
            let start = out.len();
            out.put_slice(event.cloud_event());
            crate::live::sse::one_line(&mut out[start..]);
            out.put_u8(b'\n');
        }
        self.left -= part.events.len().min(self.left);
        out.freeze()
    }
}
