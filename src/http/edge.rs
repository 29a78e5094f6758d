//! Around everything: ids, the time limit, panics, the error body, CORS, security headers, metrics.

use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use pantheon_events::CommandId;
use tokio::time::Instant;
use tracing::Instrument;

use super::command::command_id;
use super::guard::Route;
use super::request::REQUEST_ID;
use super::{Doors, Problem, RequestMeta, cors, forwarded};
use crate::config::Networks;

/// How long an answer may take to begin: a client that gives up after 30 s still hears why.
const TIME: Duration = Duration::from_secs(25);

/// Most bytes of a body that come along with the head.
const MUCH: u64 = 16 * 1024;

/// The other end of a connection; put on each request by the server.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Whether the request comes from this machine itself, not through a proxy on it.
#[must_use]
pub fn is_loopback(headers: &HeaderMap, peer: Option<&Peer>) -> bool {
    let forwarded = headers.keys().any(|name| {
        let name = name.as_str();
        name.starts_with("x-forwarded-") || ["forwarded", "x-real-ip", "via"].contains(&name)
    });
    peer.is_some_and(|peer| peer.0.ip().to_canonical().is_loopback()) && !forwarded
}

pub(super) async fn edge(State(doors): State<Doors>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let peer = request
        .extensions()
        .get::<Peer>()
        .map(|peer| peer.0.ip().to_canonical());
    let address = peer.map(|peer| caller_address(&doors.proxies, peer, request.headers()));
    let meta = RequestMeta::of(request.headers(), address);
    let method = request.method().clone();
    let headers = request.headers();
    let (origin, accept) = (
        headers.get(header::ORIGIN).cloned(),
        headers.get(header::ACCEPT).cloned(),
    );
    let command = command_id(headers).ok().flatten();
    let sign_in = is_sign_in(request.uri().path());
    let large = brings_much(headers);

    let response = if method == Method::OPTIONS {
        cors::preflight()
    } else if cors::foreign_socket(&doors.origins, &request) {
        Problem::forbidden("Pages of this origin may not open sockets here.").into_response()
    } else {
        strip_slash(request.uri_mut());
        request.extensions_mut().insert(meta.clone());
        let span = tracing::info_span!("http", request_id = %meta.request_id,
            traceparent = meta.traceparent.as_deref(), %method, path = request.uri().path());
        async {
            let response = run(request, next).await;
            tracing::debug!(status = response.status().as_u16(), took = ?started.elapsed(),
                "answered");
            response
        }
        .instrument(span)
        .await
    };

    let mut response = with_error_body(response, &meta, command, accept.as_ref());
    let status = response.status().as_u16();
    let headers = response.headers_mut();
    cors::add(&doors.origins, origin.as_ref(), headers);
    secure(headers, sign_in);
    if large && status >= 400 {
        // What is refused unread is not waited for: the next request needs another connection.
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    if let Ok(id) = HeaderValue::from_str(&meta.request_id) {
        headers.insert(HeaderName::from_static(REQUEST_ID), id);
    }
    measure(&method, &response, started);
    response
}

/// Whether tokens may stand in the answer.
fn is_sign_in(path: &str) -> bool {
    path.contains("/auth/") || path.starts_with("/oauth/")
}

async fn run(request: Request, next: Next) -> Response {
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(TIME, answer).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => Problem::internal(&"a handler panicked").into_response(),
        Err(_) => Problem::unavailable(
            "overloaded",
            "The answer took too long. A command may have been recorded: send it again with the \
             same Idempotency-Key.",
            1,
        )
        .into_response(),
    }
}

/// Whether a request has a body that may not be here yet.
fn brings_much(headers: &HeaderMap) -> bool {
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    headers.contains_key(header::TRANSFER_ENCODING) || length.is_some_and(|length| length > MUCH)
}

/// With and without a trailing slash is the same route; there are no redirects.
fn strip_slash(uri: &mut Uri) {
    let path = uri.path();
    if path.len() < 2 || !path.ends_with('/') {
        return;
    }
    let path = match path.trim_end_matches('/') {
        "" => "/",
        path => path,
    };
    let target = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    if let Ok(stripped) = target.parse() {
        *uri = stripped;
    }
}

/// Writes the error body of every failure: with the request's id, and also for what the framework
/// refuses by itself.
fn with_error_body(
    mut response: Response,
    meta: &RequestMeta,
    command: Option<CommandId>,
    accept: Option<&HeaderValue>,
) -> Response {
    let failed = response.extensions_mut().remove::<Problem>();
    let Some(problem) = failed.or_else(|| of_framework(&response)) else {
        return response;
    };
    let problem = match &meta.traceparent {
        Some(trace) => problem.with(|aside| aside.traceparent = Some(Arc::clone(trace))),
        None => problem,
    };
    let rendered = problem.of_command(command).render(&meta.request_id, accept);
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let (written, body) = rendered.into_parts();
    parts.headers.extend(written.headers);
    Response::from_parts(parts, body)
}

fn of_framework(response: &Response) -> Option<Problem> {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let json = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/"));
    if json || !(status.is_client_error() || status.is_server_error()) {
        return None;
    }
    let (code, detail) = match status {
        StatusCode::NOT_FOUND => ("not_found", "There is nothing at this address."),
        StatusCode::METHOD_NOT_ALLOWED => (
            "method_not_allowed",
            "This address does not have this method; see `Allow`.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => ("body_too_large", "The body is too large."),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            ("unsupported_media_type", "Send another content type.")
        }
        status if status.is_server_error() => ("internal", "Something went wrong here."),
        _ => ("malformed_request", "The request cannot be read here."),
    };
    Some(Problem::new(status, code, detail))
}

pub(super) fn secure(headers: &mut HeaderMap, sign_in: bool) {
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    let strict = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(strict);
    if sign_in {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// The address that counts: the peer, or what trusted proxies say, read from the nearest outwards.
fn caller_address(proxies: &Networks, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    if proxies.is_empty() || !proxies.contains(peer) {
        return peer;
    }
    let mut nearest = peer;
    for hop in forwarded::hops(headers).into_iter().rev() {
        let Some(address) = hop else {
            break;
        };
        nearest = address;
        if !proxies.contains(address) {
            break;
        }
    }
    nearest
}

fn measure(method: &Method, response: &Response, started: Instant) {
    let route = response.extensions().get::<Route>();
    let route = route.map_or_else(
        || "unmatched".to_owned(),
        |route| route.0.as_str().to_owned(),
    );
    let labels = [
        ("method", method_label(method).to_owned()),
        ("route", route),
        ("status", response.status().as_str().to_owned()),
    ];
    metrics::counter!("http_requests_total", &labels).increment(1);
    metrics::histogram!("http_request_duration_seconds", &labels)
        .record(started.elapsed().as_secs_f64());
}

/// A fixed set, so that nobody can fill the metrics with names of their own.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Setting;

    #[test]
    fn a_trailing_slash_makes_no_difference() {
        for (given, expected) in [
            ("/a/b/", "/a/b"),
            ("/a/?x=1", "/a?x=1"),
            ("/", "/"),
            ("//", "/"),
            ("/a", "/a"),
        ] {
            let mut uri: Uri = given.parse().expect("a uri");
            strip_slash(&mut uri);
            assert_eq!(uri, expected);
        }
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let proxies = Networks::parse("10.0.0.0/8").expect("a network");
        let mut headers = HeaderMap::new();
        let hops = "1.1.1.1, 203.0.113.9, 10.0.0.2"
            .parse()
            .expect("a header value");
        headers.insert("x-forwarded-for", hops);
        let address = |peer: &str, headers: &HeaderMap| {
            caller_address(&proxies, peer.parse().expect("an address"), headers).to_string()
        };
        assert_eq!(address("10.0.0.1", &headers), "203.0.113.9");
        assert_eq!(address("192.0.2.1", &headers), "192.0.2.1");
        let mut standard = HeaderMap::new();
        let hops = "for=1.1.1.1, for=\"[2001:db8::9]:4711\";proto=https, for=10.0.0.2";
        standard.insert("forwarded", hops.parse().expect("a header value"));
        assert_eq!(address("10.0.0.1", &standard), "2001:db8::9");
        assert_eq!(address("192.0.2.1", &standard), "192.0.2.1");
    }
}
