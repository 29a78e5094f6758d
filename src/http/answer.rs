//! Answers to commands and queries, with the headers that both promise.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use pantheon_events::{CommandId, Position, Sequence};
use pantheon_projections::Stand;
use serde::Serialize;
use serde_json::Value;

use super::{Problem, ReadOptions};

/// The log position that an answer reflects.
pub const POSITION: HeaderName = HeaderName::from_static("pantheon-position");
/// The idempotency key a command was recorded under.
pub const COMMAND_ID: HeaderName = HeaderName::from_static("pantheon-command-id");
/// The stream's sequence after a command.
pub const SEQUENCE: HeaderName = HeaderName::from_static("pantheon-sequence");
/// `true` when a command's first answer is given again.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What became of a command, as its answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The position of its last event.
    pub position: Position,
    /// The stream's sequence after it.
    pub sequence: Sequence,
    /// Its id.
    pub command_id: CommandId,
    /// Whether this is the first answer again.
    pub replayed: bool,
}

/// A finished answer.
#[derive(Debug)]
pub struct Answer(Response);

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Answer {
    /// `200` to a command. An object gets `position` and `command_id` unless it has them.
    pub fn done(stamp: impl Into<Stamp>, body: impl Serialize) -> Result<Self, Problem> {
        Self::command(StatusCode::OK, stamp.into(), &body)
    }

    /// `200` to a command, with a body that says its position and its id by itself.
    pub fn stamped_with(stamp: impl Into<Stamp>, body: &impl Serialize) -> Result<Self, Problem> {
        Ok(Self(json(StatusCode::OK, body)?).stamped(stamp.into()))
    }

    /// `201` with the new resource and its address. A repeat of the command gives `201` again.
    pub fn created(
        stamp: impl Into<Stamp>,
        location: &str,
        body: impl Serialize,
    ) -> Result<Self, Problem> {
        let mut answer = Self::command(StatusCode::CREATED, stamp.into(), &body)?;
        let location =
            HeaderValue::from_str(location).map_err(|error| Problem::internal(&error))?;
        answer.0.headers_mut().insert(header::LOCATION, location);
        Ok(answer)
    }

    /// `202`: recorded; what follows takes its time.
    pub fn accepted(stamp: impl Into<Stamp>, body: impl Serialize) -> Result<Self, Problem> {
        Self::command(StatusCode::ACCEPTED, stamp.into(), &body)
    }

    /// `204` to a command.
    pub fn no_content(stamp: impl Into<Stamp>) -> Self {
        Self(StatusCode::NO_CONTENT.into_response()).stamped(stamp.into())
    }

    /// The answer to a query at the read model's stand: `200`, or `304` if the caller has it.
    pub fn found(
        read: &ReadOptions,
        stand: impl Into<Stand>,
        body: impl Serialize,
    ) -> Result<Self, Problem> {
        let stand = stand.into();
        if let Some(unchanged) = read.not_modified(stand) {
            return Ok(unchanged);
        }
        Ok(Self(json(StatusCode::OK, &body)?).at(stand.at, stand.at))
    }

    /// One page of a list: `{items, next_cursor, position}` and `Link: <…>; rel="next"`.
    pub fn page<T: Serialize>(
        read: &ReadOptions,
        stand: impl Into<Stand>,
        items: &[T],
        next_cursor: Option<String>,
    ) -> Result<Self, Problem> {
        let stand = stand.into();
        let page = Page {
            items,
            next_cursor: next_cursor.as_deref(),
            position: stand.at,
        };
        Self::found(read, stand, page).map(|answer| answer.linked(read, next_cursor.as_deref()))
    }

    /// One page as a bare array, for clients that want one; the next page stands in `Link`.
    pub fn array<T: Serialize>(
        read: &ReadOptions,
        stand: impl Into<Stand>,
        items: &[T],
        next_cursor: Option<&str>,
    ) -> Result<Self, Problem> {
        Self::found(read, stand, items).map(|answer| answer.linked(read, next_cursor))
    }

    /// The same answer with the number of all that the list holds (`X-Total-Count`).
    #[must_use]
    pub fn counted(mut self, total: i64) -> Self {
        self.0.headers_mut().insert("x-total-count", total.into());
        self
    }

    /// `200` to a query with a body that is written already.
    #[must_use]
    pub fn rendered(position: Position, body: Bytes) -> Self {
        let kind = [(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        )];
        Self((StatusCode::OK, kind, body).into_response()).at(position, position)
    }

    /// `304`: the answer that the caller has, of the position `known`, is still the answer.
    #[must_use]
    pub fn not_modified(stand: Stand, known: Position) -> Self {
        Self(StatusCode::NOT_MODIFIED.into_response()).at(stand.at, known)
    }

    /// The answer to a query of what the node is doing at this position of the log. It may be
    /// another one at the same position, so it is never `304`.
    pub fn looked(position: Position, body: impl Serialize) -> Result<Self, Problem> {
        Ok(Self(json(StatusCode::OK, &body)?).at(position, position))
    }

    /// `200` without a position, for what does not come from the log.
    pub fn plain(body: impl Serialize) -> Result<Self, Problem> {
        json(StatusCode::OK, &body).map(Self)
    }

    /// `202` without a position: work that goes on without the caller.
    pub fn under_way(body: impl Serialize) -> Result<Self, Problem> {
        json(StatusCode::ACCEPTED, &body).map(Self)
    }

    /// The same answer, saying that there is more than it holds.
    #[must_use]
    pub fn truncated(mut self) -> Self {
        let more = HeaderValue::from_static("true");
        self.0.headers_mut().insert("pantheon-truncated", more);
        self
    }

    /// The same answer, not to be kept by anybody: it carries a token.
    #[must_use]
    pub fn secret(mut self) -> Self {
        self.0
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        self
    }

    fn command(status: StatusCode, stamp: Stamp, body: &impl Serialize) -> Result<Self, Problem> {
        let mut body = serde_json::to_value(body).map_err(|error| Problem::internal(&error))?;
        if let Value::Object(fields) = &mut body {
            fields
                .entry("position")
                .or_insert_with(|| stamp.position.to_string().into());
            fields
                .entry("command_id")
                .or_insert_with(|| stamp.command_id.to_string().into());
        }
        Ok(Self(json(status, &body)?).stamped(stamp))
    }

    fn stamped(mut self, stamp: Stamp) -> Self {
        let headers = self.0.headers_mut();
        headers.insert(POSITION, stamp.position.get().into());
        headers.insert(SEQUENCE, stamp.sequence.get().into());
        if let Ok(id) = HeaderValue::from_str(&stamp.command_id.to_string()) {
            headers.insert(COMMAND_ID, id);
        }
        if stamp.replayed {
            headers.insert(REPLAYED, HeaderValue::from_static("true"));
        }
        self
    }

    /// Says which position it reflects, and under which it is known again. What one caller may
    /// see is kept from the next one at the same browser.
    fn at(mut self, position: Position, tag: Position) -> Self {
        let headers = self.0.headers_mut();
        headers.insert(POSITION, position.get().into());
        if let Ok(tag) = HeaderValue::from_str(&format!("W/\"{tag}\"")) {
            headers.insert(header::ETAG, tag);
        }
        headers.append(header::VARY, HeaderValue::from_static("authorization"));
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-cache"),
        );
        self
    }

    /// The same answer with the address of the next page, if there is one.
    pub(super) fn linked(mut self, read: &ReadOptions, next_cursor: Option<&str>) -> Self {
        let link = next_cursor.map(|cursor| next_link(&read.uri, cursor));
        if let Some(link) = link.and_then(|link| HeaderValue::from_str(&link).ok()) {
            self.0.headers_mut().insert(header::LINK, link);
        }
        self
    }
}

#[derive(Serialize)]
struct Page<'a, T> {
    items: &'a [T],
    next_cursor: Option<&'a str>,
    position: Position,
}

/// A body as JSON.
pub fn written(body: &(impl Serialize + ?Sized)) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(body).map_err(|error| Problem::internal(&error))
}

fn json(status: StatusCode, body: &(impl Serialize + ?Sized)) -> Result<Response, Problem> {
    let bytes = written(body)?;
    let kind = (
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    Ok((status, [kind], bytes).into_response())
}

/// The same request with the next page's cursor, which is base64url and needs no escaping. What
/// counted rows from the beginning would count them again from the cursor.
fn next_link(uri: &axum::http::Uri, cursor: &str) -> String {
    let query = uri.query().unwrap_or_default().split('&');
    let mut query: Vec<_> = query
        .filter(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            !["", "cursor", "offset", "page"].contains(&name)
        })
        .collect();
    let cursor = format!("cursor={cursor}");
    query.push(&cursor);
    format!("<{}?{}>; rel=\"next\"", uri.path(), query.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp() -> Stamp {
        Stamp {
            position: Position::new(9),
            sequence: Sequence::new(2),
            command_id: CommandId::generate(),
            replayed: true,
        }
    }

    #[test]
    fn a_command_s_answer_names_position_sequence_and_id() {
        let answer = Answer::created(stamp(), "/api/v1/tasks/1", serde_json::json!({"id": "1"}));
        let response = answer.expect("an answer").into_response();
        assert_eq!(response.status(), StatusCode::CREATED);
        for (name, value) in [("pantheon-position", "9"), ("pantheon-sequence", "2")] {
            assert_eq!(response.headers()[name], value);
        }
        assert_eq!(response.headers()["idempotency-replayed"], "true");
        assert_eq!(response.headers()["location"], "/api/v1/tasks/1");
    }

    #[test]
    fn the_next_link_keeps_the_filters_and_replaces_the_cursor() {
        let uri = "/api/v1/tasks?status=open&cursor=old&offset=5&limit=5"
            .parse()
            .expect("a uri");
        let link = next_link(&uri, "new");
        assert_eq!(
            link,
            "</api/v1/tasks?status=open&limit=5&cursor=new>; rel=\"next\""
        );
    }
}
