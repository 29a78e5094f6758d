//! The one error body: the members of RFC 9457 and what the real clients read.

use std::borrow::Cow;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pantheon_events::json::shortened;
use pantheon_events::{
    CommandId, FieldError, InvalidCommand, Position, Refusal, RefusalKind, Sequence,
};
use pantheon_log::{AppendError, ReadError};
use serde::Serialize;

use super::answer::{COMMAND_ID, REPLAYED, SEQUENCE};
use crate::auth::{Denial, Unverified};

/// Everything that is not a success, at every HTTP door. The request id is added, and the content
/// type chosen, on the way out.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The status.
    pub status: StatusCode,
    /// The stable name of the rule.
    pub code: Cow<'static, str>,
    /// One sentence: what is wrong and what to do.
    pub detail: String,
    /// The fields at fault.
    pub errors: Vec<FieldError>,
    /// After how many seconds a repeat may help.
    pub retry_after: Option<u64>,
    /// Where the read model is, for `projection_behind`.
    pub position: Option<Position>,
    /// What only some problems have.
    pub aside: Option<Box<Aside>>,
}

/// What only some problems have.
#[derive(Clone, Debug, Default)]
pub struct Aside {
    /// What became of a command, when that was judged.
    pub verdict: Option<Refused>,
    /// The idempotency key that a command's refusal is recorded under.
    pub command_id: Option<CommandId>,
    /// Where the stream is, when the caller decided on another sequence.
    pub sequence: Option<Sequence>,
    /// Whether this is the first answer to a command again.
    pub replayed: bool,
    /// The caller's trace; put in on the way out, like the request id.
    pub traceparent: Option<Arc<str>>,
}

/// The words for a command that was judged and not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// A rule said no.
    Rejected,
    /// A rule said no the first time.
    Duplicate,
    /// The stream is not where the caller or the decision took it to be.
    Conflict,
    /// Its id was used with another body.
    Mismatch,
}

/// The members on the wire.
#[derive(Serialize)]
struct Body<'a> {
    r#type: String,
    title: Cow<'static, str>,
    status: u16,
    detail: &'a str,
    code: &'a str,
    error: &'a str,
    message: &'a str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<Refused>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<Position>,
    errors: &'a [FieldError],
}

impl Problem {
    /// A problem with a status, a code and a sentence for people.
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code: code.into(),
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            position: None,
            aside: None,
        }
    }

    /// 400: not JSON, a wrong type, an unknown field.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed_request", detail)
    }

    /// 400: one field or parameter cannot be read.
    pub fn malformed_field(field: &str, message: impl Into<String>) -> Self {
        let (field, message) = (shortened(field), message.into());
        Self::malformed(format!("{field}: {message}")).with_error(&field, message)
    }

    /// 401: one body for every reason, so that a forger learns nothing.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "Sign in first: send a valid access token as `Authorization: Bearer <token>`.",
        )
    }

    /// 401 on a socket whose token has run out. On HTTP an expired token gets the same bytes as a
    /// forged one.
    #[must_use]
    pub fn token_expired() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "token_expired",
            "The token has expired. Come back with a fresh one.",
        )
    }

    /// 403: known, but not allowed.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// 404: the same bytes for what is missing and for what belongs to somebody else.
    #[must_use]
    pub fn not_found() -> Self {
        Refusal::not_found().into()
    }

    /// 422: one field breaks a limit.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Refusal::invalid(field, message).into()
    }

    /// 422: a rule said no; `code` names it.
    pub fn rule(code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
    }

    /// 503: what is needed does not answer; a repeat may help.
    pub fn unavailable(code: &'static str, detail: impl Into<String>, retry_after: u64) -> Self {
        Self {
            retry_after: Some(retry_after),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail)
        }
    }

    /// 503: the database does not answer.
    #[must_use]
    pub fn database_unavailable() -> Self {
        let detail = "The database is not reachable. Try again.";
        Self::unavailable("database_unavailable", detail, 1)
    }

    /// 504: the read model has not reached the wanted position in time.
    #[must_use]
    pub fn projection_behind(at: Position) -> Self {
        Self {
            position: Some(at),
            retry_after: Some(1),
            ..Self::new(
                StatusCode::GATEWAY_TIMEOUT,
                "projection_behind",
                format!("The read model is at position {at}. Ask again, or wait longer (`wait`)."),
            )
        }
    }

    /// 500: our fault. The cause goes to the log, never to the caller.
    #[must_use]
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed by our own fault");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong here. The request id leads to it in the server's log.",
        )
    }

    /// 500: the log breaks its promise at a position, which the text names.
    fn broken_log(cause: &ReadError, detail: String) -> Self {
        tracing::error!(%cause, "the log is broken");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "integrity_violation",
            detail,
        )
    }

    /// Adds a field at fault.
    #[must_use]
    pub fn with_error(mut self, field: &str, message: impl Into<String>) -> Self {
        self.errors.push(FieldError {
            field: field.to_owned(),
            message: message.into(),
        });
        self
    }

    /// Adds what only some problems have.
    #[must_use]
    pub fn with(mut self, add: impl FnOnce(&mut Aside)) -> Self {
        add(self.aside.get_or_insert_default());
        self
    }

    /// What became of a command, when that was judged.
    #[must_use]
    pub fn verdict(&self) -> Option<Refused> {
        self.aside.as_ref()?.verdict
    }

    /// The same problem of a command that was sent under this id, if it was judged at all.
    #[must_use]
    pub fn of_command(self, id: Option<CommandId>) -> Self {
        match (self.verdict(), id) {
            (Some(_), Some(id)) => self.with(|aside| {
                aside.command_id.get_or_insert(id);
            }),
            _ => self,
        }
    }

    /// The short name of the kind of problem.
    #[must_use]
    pub fn title(&self) -> Cow<'static, str> {
        title(&self.code).map_or_else(|| Cow::Owned(self.code.replace('_', " ")), Cow::Borrowed)
    }

    /// The bytes on the wire.
    #[must_use]
    pub fn body(&self, request_id: &str) -> Vec<u8> {
        let body = Body {
            r#type: format!("/problems/{}", self.code),
            title: self.title(),
            status: self.status.as_u16(),
            detail: &self.detail,
            code: &self.code,
            error: &self.code,
            message: &self.detail,
            request_id,
            traceparent: self
                .aside
                .as_ref()
                .and_then(|aside| aside.traceparent.as_deref()),
            verdict: self.verdict(),
            position: self.position,
            errors: &self.errors,
        };
        serde_json::to_vec(&body).expect("a body of strings and numbers serialises")
    }

    /// The whole answer, for a request with this id and these headers.
    #[must_use]
    pub fn render(&self, request_id: &str, accept: Option<&HeaderValue>) -> Response {
        let wants = accept.and_then(|value| value.to_str().ok());
        let kind = match wants {
            Some(text) if text.contains("application/problem+json") => "application/problem+json",
            _ => "application/json",
        };
        let mut response = (self.status, self.body(request_id)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        self.add_headers(headers);
        response
    }

    fn add_headers(&self, headers: &mut HeaderMap) {
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(aside) = &self.aside {
            aside.add_headers(headers);
        }
    }
}

impl Aside {
    fn add_headers(&self, headers: &mut HeaderMap) {
        let id = self.command_id.map(|id| id.to_string());
        if let Some(id) = id.and_then(|id| HeaderValue::from_str(&id).ok()) {
            headers.insert(COMMAND_ID, id);
        }
        if let Some(sequence) = self.sequence {
            headers.insert(SEQUENCE, sequence.get().into());
        }
        if self.replayed {
            headers.insert(REPLAYED, HeaderValue::from_static("true"));
        }
    }
}

/// What a code of the core is called.
fn title(code: &str) -> Option<&'static str> {
    Some(match code {
        "malformed_request" => "The request cannot be read",
        "invalid_cursor" => "The cursor is not one of ours",
        "unauthenticated" => "Not signed in",
        "token_expired" => "The token has expired",
        "forbidden" => "Not allowed",
        "not_found" => "Not found",
        "method_not_allowed" => "Not a method of this resource",
        "request_timeout" => "The request came too slowly",
        "already_exists" => "Already there",
        "sequence_conflict" => "The resource kept changing",
        "sequence_mismatch" => "The resource has changed",
        "body_too_large" => "The body is too large",
        "head_too_large" => "The address or the headers are too large",
        "unsupported_media_type" => "Not a content type of this resource",
        "validation_failed" => "A value breaks a limit",
        "rule_violated" => "A rule said no",
        "command_mismatch" => "The command id is used up",
        "rate_limited" => "Too many requests",
        "overloaded" => "Too much to do",
        "database_unavailable" => "The database does not answer",
        "shutting_down" => "Shutting down",
        "projection_behind" => "The read model is behind",
        "integrity_violation" => "The log is broken",
        "internal" => "Our fault",
        _ => return None,
    })
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.render("", None);
        // The outermost layer knows the request id and writes the body again.
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Denial> for Problem {
    fn from(denial: Denial) -> Self {
        match denial {
            Denial::Unauthenticated => Self::unauthenticated(),
            Denial::Forbidden(detail) => Self::forbidden(detail),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.kind {
            RefusalKind::Invalid | RefusalKind::Rule => StatusCode::UNPROCESSABLE_ENTITY,
            RefusalKind::NotFound => StatusCode::NOT_FOUND,
            RefusalKind::AlreadyExists => StatusCode::CONFLICT,
            RefusalKind::Forbidden => StatusCode::FORBIDDEN,
        };
        Self {
            errors: refusal.errors,
            ..Self::new(status, refusal.code, refusal.message)
        }
    }
}

impl From<InvalidCommand> for Problem {
    fn from(invalid: InvalidCommand) -> Self {
        let detail = invalid.to_string();
        match invalid {
            InvalidCommand::Unknown { .. } => Self::new(StatusCode::NOT_FOUND, "not_found", detail),
            InvalidCommand::Malformed { field, message } => {
                Self::malformed(detail).with_error(&field, message)
            }
            InvalidCommand::OutOfBounds(errors) => Self {
                errors,
                ..Self::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "validation_failed",
                    detail,
                )
            },
        }
    }
}

impl From<AppendError> for Problem {
    fn from(error: AppendError) -> Self {
        let detail = error.to_string();
        match error {
            AppendError::Overloaded { retry_after } => {
                Self::unavailable("overloaded", detail, retry_after.as_secs().max(1))
            }
            AppendError::Unavailable => Self::unavailable("database_unavailable", detail, 1),
            AppendError::ShuttingDown | AppendError::Fenced { .. } => {
                Self::unavailable("shutting_down", detail, 1)
            }
            AppendError::Refused(_) => Self::internal(&error),
        }
    }
}

impl From<Unverified> for Problem {
    fn from(refused: Unverified) -> Self {
        match refused {
            Unverified::Invalid(_) => Self::unauthenticated(),
            Unverified::Away(_) => Self::database_unavailable(),
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable(_) => {
                tracing::warn!(cause = ?error, "the database did not answer a read");
                Self::database_unavailable()
            }
            ReadError::Integrity { expected, .. } => Self::broken_log(
                &error,
                format!(
                    "The log has no event at position {expected}. Stop the writers and compare it with a backup."
                ),
            ),
            ReadError::Corrupt { position, .. } => Self::broken_log(
                &error,
                format!(
                    "The event at position {position} cannot be read. Compare it with a backup."
                ),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_member_is_a_string_and_says_the_same() {
        let problem = Problem::invalid("title", "must not be empty");
        let body: serde_json::Value =
            serde_json::from_slice(&problem.body("r-1")).expect("the body is JSON");
        assert_eq!(body["detail"], body["message"]);
        assert_eq!(body["code"], body["error"]);
        assert_eq!(body["type"], "/problems/validation_failed");
        assert_eq!(body["status"], 422);
        assert_eq!(body["request_id"], "r-1");
        assert_eq!(body["errors"][0]["field"], "title");
    }

    #[test]
    fn the_content_type_is_problem_json_only_for_those_who_name_it() {
        let asked = HeaderValue::from_static("application/problem+json, */*");
        let with = Problem::not_found().render("", Some(&asked));
        let without = Problem::not_found().render("", None);
        assert_eq!(
            with.headers()[header::CONTENT_TYPE],
            "application/problem+json"
        );
        assert_eq!(without.headers()[header::CONTENT_TYPE], "application/json");
    }

    #[test]
    fn the_database_s_words_stay_inside() {
        let error = AppendError::Refused("relation \"events\" does not exist".to_owned());
        assert!(!Problem::from(error).detail.contains("relation"));
    }
}
