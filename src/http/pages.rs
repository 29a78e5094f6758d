//! The pages of the core: what answers without looking at the log.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use serde_json::json;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::Config;

use super::{Answer, Doors, Problem, health, openapi};

const DOCS_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; \
                           img-src 'self' data:; frame-ancestors 'none'";

/// The routes of this page; their rows stand in the table's section `core`.
pub(super) fn routes<S>(document: &OpenApi, doors: &Doors) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let document = Bytes::from(openapi::finish(document).to_string());
    // Without a word the page would ask a service elsewhere about the document.
    let docs = Arc::new(Config::new(["/openapi.json"]).validator_url("none"));
    Router::new()
        .route("/", get(root))
        .route("/openapi.json", get(move || json_page(document.clone())))
        .route(
            "/docs",
            get({
                let docs = Arc::clone(&docs);
                move || docs_page("index.html".to_owned(), Arc::clone(&docs))
            }),
        )
        .route(
            "/docs/{*rest}",
            get(move |Path(rest): Path<String>| docs_page(rest, Arc::clone(&docs))),
        )
        .route("/problems/{code}", get(problem))
        .route("/.well-known/jwks.json", get(jwks))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/health", get(health::root))
        .route("/health/ready", get(health::root_ready))
        .route("/health/live", get(health::root_live))
        .route("/api/v1/health", get(health::api))
        .route("/api/v1/preflight", get(health::preflight))
        .route("/metrics", get(metrics))
        .with_state(doors.clone())
}

async fn root() -> Result<Answer, Problem> {
    Answer::plain(json!({
        "name": "pantheon",
        "version": env!("CARGO_PKG_VERSION"),
        "docs": "/docs",
    }))
}

async fn json_page(bytes: Bytes) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], bytes).into_response()
}

/// A file of the API's UI, which lies in the binary. The page names its base, because it is served
/// without a trailing slash.
async fn docs_page(file: String, config: Arc<Config<'static>>) -> Result<Response, Problem> {
    let found =
        utoipa_swagger_ui::serve(&file, config).map_err(|error| Problem::internal(&error))?;
    let found = found.ok_or_else(Problem::not_found)?;
    let body = match found.content_type.as_str() {
        "text/html" => String::from_utf8_lossy(&found.bytes)
            .replace("<head>", "<head><base href=\"/docs/\">")
            .into_bytes(),
        _ => found.bytes.into_owned(),
    };
    let mut response = ([(header::CONTENT_TYPE, found.content_type)], body).into_response();
    let policy = HeaderValue::from_static(DOCS_POLICY);
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

/// The public halves of the keys that tokens are verified with.
async fn jwks(State(doors): State<Doors>) -> Response {
    let text = doors.auth.keys().jwks().to_string();
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "public, max-age=60"),
    ];
    (headers, text).into_response()
}

/// Where the `type` of an error leads.
async fn problem(Path(code): Path<String>) -> Result<Answer, Problem> {
    if code.len() > 64 || !code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
        return Err(Problem::not_found());
    }
    let named = Problem::rule(code.clone(), "");
    Answer::plain(json!({
        "code": code,
        "title": named.title(),
        "description": "The error's `detail` says what was wrong and what to do.",
    }))
}

/// Prometheus text, for this machine and for whoever has a token.
async fn metrics(
    State(doors): State<Doors>,
    caller: super::MaybeCaller,
    request: axum::extract::Request,
) -> Result<Response, Problem> {
    let peer = request.extensions().get();
    if caller.0.is_none() && !super::edge::is_loopback(request.headers(), peer) {
        return Err(Problem::unauthenticated());
    }
    let text = doors
        .metrics
        .as_ref()
        .map(|handle| handle.render())
        .unwrap_or_default();
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}
