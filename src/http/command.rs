//! The headers of a command, and the context they make.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use pantheon_events::{CommandContext, CommandId, Sequence};
use uuid::Uuid;

use super::{Caller, Problem, RequestMeta};

/// `Idempotency-Key`, `If-Match`, `X-Request-Id` and `traceparent`.
#[derive(Clone, Debug)]
pub struct CommandHeaders {
    /// The caller's idempotency key.
    pub command_id: Option<CommandId>,
    /// The sequence that the caller decided on.
    pub expected: Option<Sequence>,
    /// The request's ids.
    pub meta: RequestMeta,
}

impl CommandHeaders {
    /// The context of a command that this caller sends in its tenant.
    #[must_use]
    pub fn context(&self, caller: &Caller) -> CommandContext {
        CommandContext {
            request_id: Some(self.meta.request_id.to_string()),
            traceparent: self.meta.traceparent.as_deref().map(str::to_owned),
            expected_sequence: self.expected,
            own_only: caller.only_own().is_some(),
            ..caller.principal.asks(caller.tenant, self.command_id)
        }
    }
}

impl<S: Sync> FromRequestParts<S> for CommandHeaders {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let meta = RequestMeta::from_request_parts(parts, state).await?;
        Ok(Self {
            command_id: command_id(&parts.headers)?,
            expected: expected(&parts.headers)?,
            meta,
        })
    }
}

pub(super) fn command_id(headers: &HeaderMap) -> Result<Option<CommandId>, Problem> {
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let id = value
        .to_str()
        .ok()
        .and_then(|text| Uuid::try_parse(text).ok());
    match (id, values.next()) {
        (Some(id), None) => Ok(Some(CommandId::new(id))),
        _ => Err(Problem::malformed_field(
            "Idempotency-Key",
            "expected one UUID",
        )),
    }
}

fn expected(headers: &HeaderMap) -> Result<Option<Sequence>, Problem> {
    let mut values = headers.get_all(header::IF_MATCH).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    // A command is decided on one sequence: a second value is nothing that can be fulfilled.
    let text = match values.next() {
        None => value.to_str().unwrap_or_default().trim(),
        Some(_) => "",
    };
    if text == "*" {
        return Ok(None);
    }
    let inner = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    match inner.and_then(|digits| digits.parse().ok()) {
        Some(sequence) => Ok(Some(sequence)),
        None => Err(Problem::malformed_field(
            "If-Match",
            "expected the sequence of the resource in quotes, e.g. \"7\"",
        )),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().expect("a header value"));
        headers
    }

    #[test]
    fn an_idempotency_key_is_a_uuid() {
        assert!(command_id(&headers("idempotency-key", "retry-1")).is_err());
        let id = "0192f0c0-0000-7000-8000-000000000000";
        assert!(command_id(&headers("idempotency-key", id)).is_ok_and(|id| id.is_some()));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_header_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(value) = axum::http::HeaderValue::from_bytes(&bytes) {
                let mut headers = HeaderMap::new();
                headers.insert("if-match", value.clone());
                headers.insert("idempotency-key", value);
                let _ = (command_id(&headers), expected(&headers));
            }
        }

        #[test]
        fn every_sequence_is_read_from_its_tag(sequence in 0..i64::MAX) {
            let tag = headers("if-match", &format!("\"{sequence}\""));
            prop_assert_eq!(expected(&tag).ok(), Some(Some(Sequence::new(sequence))));
        }
    }

    #[test]
    fn two_tags_are_one_too_many() {
        let mut two = headers("if-match", "\"7\"");
        two.append(header::IF_MATCH, "\"7\"".parse().expect("a value"));
        assert!(expected(&two).is_err());
    }

    #[test]
    fn if_match_is_a_quoted_sequence() {
        assert_eq!(
            expected(&headers("if-match", "\"7\"")).ok(),
            Some(Some(Sequence::new(7)))
        );
        assert_eq!(expected(&headers("if-match", "*")).ok(), Some(None));
        for bad in ["7", "W/\"7\"", "\"x\"", "\"-1\"", ""] {
            assert!(expected(&headers("if-match", bad)).is_err(), "{bad}");
        }
    }
}
