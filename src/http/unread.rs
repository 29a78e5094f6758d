//! What hyper cannot read as a request it answers by itself, with an empty body and before any layer
//! of ours. Here such an answer becomes the one error body.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use uuid::Uuid;

use super::request::REQUEST_ID;
use super::{Problem, cors};
use crate::config::Origins;

/// The bytes to send instead, when `head` is an answer that hyper made up by itself: a refusal
/// without the request id that every answer of ours has.
pub(super) fn instead(head: &[u8], origins: &Origins) -> Option<Vec<u8>> {
    let rest = head.strip_prefix(b"HTTP/1.")?;
    let text = std::str::from_utf8(rest).ok()?;
    let status = text.get(2..5).filter(|status| status.starts_with('4'))?;
    if !text.ends_with("\r\n\r\n") || text.contains(REQUEST_ID) {
        return None;
    }
    let problem = match StatusCode::from_bytes(status.as_bytes()).ok()? {
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE | StatusCode::URI_TOO_LONG => Problem::new(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "head_too_large",
            "The address and the headers may have at most 32 KiB and 100 lines. Send less of them.",
        ),
        status => Problem::new(
            status,
            "malformed_request",
            "This is not HTTP as it is read here. Check the request line, the headers and the framing.",
        ),
    };
    Some(written(&problem, origins))
}

/// The bytes for a client whose connection is one too many.
pub(super) fn full(origins: &Origins) -> Vec<u8> {
    let problem = Problem::unavailable(
        "overloaded",
        "Too many connections are open. Close some, or try again in a second.",
        1,
    );
    written(&problem, origins)
}

fn written(problem: &Problem, origins: &Origins) -> Vec<u8> {
    let id = Uuid::now_v7().to_string();
    let body = problem.body(&id);
    let mut headers = HeaderMap::new();
    cors::add(origins, None, &mut headers);
    super::edge::secure(&mut headers, false);
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(header::CONTENT_LENGTH, body.len().into());
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    if let Some(seconds) = problem.retry_after {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    let mut out = format!("HTTP/1.1 {}\r\n{REQUEST_ID}: {id}\r\n", problem.status).into_bytes();
    for (name, value) in &headers {
        out.extend_from_slice(name.as_str().as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(&body);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_hyper_says_by_itself_is_replaced() {
        let bare = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\n\r\n";
        let text = instead(bare, &Origins::Any).expect("it is replaced");
        let text = String::from_utf8(text).expect("UTF-8");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
        assert!(head.contains("access-control-allow-origin: *"), "{head}");
        assert_eq!(body["code"], "head_too_large");
        for ours in [
            &b"HTTP/1.1 404 Not Found\r\nx-request-id: 1\r\n\r\n"[..],
            b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            b"{\"text\":\"HTTP/1.1 404\"}",
            b"HTTP/1.1",
            b"",
        ] {
            assert!(instead(ours, &Origins::Any).is_none());
        }
    }
}
