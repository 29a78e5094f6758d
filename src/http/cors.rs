//! Cross-origin requests. Tokens travel in `Authorization` and never in cookies, so every origin
//! may call unless a list says which.

use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::config::Origins;

const METHODS: &str = "GET, POST, PUT, PATCH, DELETE, HEAD";
const ALLOWED: &str = "authorization, content-type, idempotency-key, if-match, if-none-match, \
                       x-request-id, x-retry-after-refresh, traceparent, last-event-id";
const EXPOSED: &str = "pantheon-position, pantheon-command-id, pantheon-sequence, \
                       idempotency-replayed, etag, location, link, retry-after, x-request-id, x-total-count, \
                       x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset";
const CACHED: &str = "600";

/// The answer to any `OPTIONS` request: no token needed, 204. It comes before any route is looked for, so it
/// has no `Allow`, which would be about one resource.
pub(super) fn preflight() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static(METHODS),
    );
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static(ALLOWED),
    );
    headers.insert(
        header::ACCESS_CONTROL_MAX_AGE,
        HeaderValue::from_static(CACHED),
    );
    response
}

/// The headers of every answer, whatever it is. With a list, only listed origins get them.
pub(super) fn add(origins: &Origins, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
    let allow = match origins {
        Origins::Any => Some(HeaderValue::from_static("*")),
        Origins::List(_) => {
            headers.append(header::VARY, HeaderValue::from_static("origin"));
            origin.filter(|origin| allowed(origins, origin)).cloned()
        }
    };
    if let Some(allow) = allow {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allow);
        headers.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static(EXPOSED),
        );
    }
}

/// Whether a page of another origin opens a socket: browsers do not ask before they do that.
pub(super) fn foreign_socket<B>(origins: &Origins, request: &Request<B>) -> bool {
    let upgrade = request.headers().contains_key(header::UPGRADE);
    let origin = request.headers().get(header::ORIGIN);
    request.method() == Method::GET
        && upgrade
        && origin.is_some_and(|origin| !allowed(origins, origin))
}

fn allowed(origins: &Origins, origin: &HeaderValue) -> bool {
    origin.to_str().is_ok_and(|origin| origins.allows(origin))
}
