//! JSON bodies, with every limit on them.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use pantheon_events::json::{bounded, read_json};
use serde::de::DeserializeOwned;

use super::Problem;

/// Most bytes of a body.
pub const BODY_LIMIT: usize = 1024 * 1024;
/// Most bytes of commands that are brought in.
pub const LINES_LIMIT: usize = 16 * 1024 * 1024;
/// Most bytes of a body under `/auth`.
pub const AUTH_BODY_LIMIT: usize = 16 * 1024;
/// A body that is not there after this long is not waited for.
const BODY_TIME: Duration = Duration::from_secs(15);

/// A JSON body. Unknown fields are refused when `T` says `deny_unknown_fields`, as every request
/// body should.
#[derive(Clone, Debug)]
pub struct ApiJson<T>(pub T);

/// A JSON body that may be missing or empty: then it is read as `{}`.
#[derive(Clone, Debug)]
pub struct ApiJsonOrEmpty<T>(pub T);

/// A JSON body, or a form with the same names, each once.
#[derive(Clone, Debug)]
pub struct ApiJsonOrForm<T>(pub T);

/// Lines of JSON (`application/x-ndjson`), as they came.
#[derive(Clone, Debug)]
pub struct ApiLines(pub Bytes);

/// A JSON body as it came: checked for limits and syntax, not for meaning.
#[derive(Clone, Debug)]
pub struct ApiBytes(pub Bytes);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ApiJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        is_json(request.headers())?;
        parse(&read(request).await?).map(Self)
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ApiJsonOrEmpty<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let typed = is_json(request.headers());
        let bytes = read(request).await?;
        if bytes.is_empty() {
            return parse(b"{}").map(Self);
        }
        typed?;
        parse(&bytes).map(Self)
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ApiJsonOrForm<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !is_form(request.headers()) {
            is_json(request.headers())?;
            return parse(&read(request).await?).map(Self);
        }
        let bytes = read(request).await?;
        let mut fields = serde_json::Map::new();
        for (name, value) in url::form_urlencoded::parse(&bytes) {
            if fields.insert(name.to_string(), value.into()).is_some() {
                return Err(Problem::malformed_field(&name, "is there twice"));
            }
        }
        parse(serde_json::Value::Object(fields).to_string().as_bytes()).map(Self)
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    !headers.contains_key(header::CONTENT_ENCODING)
        && essence
            .is_some_and(|kind| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

impl<S: Send + Sync> FromRequest<S> for ApiBytes {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        is_json(request.headers())?;
        let bytes = read(request).await?;
        bounded(&bytes)?;
        Ok(Self(bytes))
    }
}

impl<S: Send + Sync> FromRequest<S> for ApiLines {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        let known = ["application/x-ndjson", "application/ndjson"];
        let encoded = request.headers().contains_key(header::CONTENT_ENCODING);
        if encoded
            || !known
                .iter()
                .any(|known| essence.eq_ignore_ascii_case(known))
        {
            return Err(unsupported(
                "Send lines of JSON with `Content-Type: application/x-ndjson`, without a content encoding.",
            ));
        }
        read(request).await.map(Self)
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    read_json(bytes).map_err(Problem::from)
}

fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    if headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|value| value != "identity")
    {
        return Err(unsupported("Send the body without a content encoding."));
    }
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = kind
        .and_then(|kind| kind.split(';').next())
        .map(str::trim)
        .unwrap_or_default();
    let essence = essence.to_ascii_lowercase();
    if essence == "application/json" || essence.ends_with("+json") {
        return Ok(());
    }
    Err(unsupported(
        "Send JSON with `Content-Type: application/json`.",
    ))
}

fn unsupported(detail: &str) -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        detail,
    )
}

/// Most bytes of a body on this path.
#[must_use]
pub fn limit_of(path: &str) -> usize {
    let auth = path.strip_prefix("/api/v1").unwrap_or(path);
    if auth.starts_with("/auth/") || path.starts_with("/oauth/") {
        AUTH_BODY_LIMIT
    } else if auth == "/database/import" {
        LINES_LIMIT
    } else {
        BODY_LIMIT
    }
}

async fn read(request: Request) -> Result<Bytes, Problem> {
    let limit = limit_of(request.uri().path());
    if declared(request.headers()).is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    let body = collect(request.into_body(), limit);
    tokio::time::timeout(BODY_TIME, body)
        .await
        .unwrap_or_else(|_| {
            Err(Problem::new(
                StatusCode::REQUEST_TIMEOUT,
                "request_timeout",
                "The body did not arrive in time. Send it again, faster.",
            ))
        })
}

fn declared(headers: &HeaderMap) -> Option<usize> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

async fn collect(body: Body, limit: usize) -> Result<Bytes, Problem> {
    let mut stream = body.into_data_stream();
    let mut all = BytesMut::new();
    while let Some(chunk) = stream.next().await {
        let chunk =
            chunk.map_err(|_| Problem::malformed("The body was cut off. Send it again."))?;
        if all.len() + chunk.len() > limit {
            return Err(too_large(limit));
        }
        all.extend_from_slice(&chunk);
    }
    Ok(all.freeze())
}

fn too_large(limit: usize) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body_too_large",
        format!("The body may have at most {limit} bytes."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_under_auth_have_a_smaller_limit() {
        assert_eq!(limit_of("/api/v1/auth/login"), AUTH_BODY_LIMIT);
        assert_eq!(limit_of("/oauth/token"), AUTH_BODY_LIMIT);
        assert_eq!(limit_of("/api/v1/tasks"), BODY_LIMIT);
    }
}
