//! How the node is, for load balancers, clients and people.

use async_trait::async_trait;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Answer, Doors, MaybeCaller, Problem};

/// One part of the node, as looked at now.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// The part: `database`, `nats`, `relay`, `projection tasks` …
    pub name: String,
    /// Whether it is well.
    pub ok: bool,
    /// What is wrong and what to do, or what it is doing.
    pub message: String,
    /// The age of the oldest event it has not dealt with, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest_age_seconds: Option<f64>,
    /// The last position it has dealt with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<pantheon_events::Position>,
    /// How many streams it goes on without, because an event of theirs cannot be applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parked_streams: Option<usize>,
}

impl Check {
    /// A part that is well or not, in a sentence.
    pub fn of(name: impl Into<String>, ok: bool, message: impl Into<String>) -> Self {
        let (name, message) = (name.into(), message.into());
        Self {
            name,
            ok,
            message,
            oldest_age_seconds: None,
            position: None,
            parked_streams: None,
        }
    }
}

/// The database as the node sees it.
#[derive(Clone, Debug, Serialize)]
pub struct DatabaseStatus {
    /// Connections that are in use.
    pub active_connections: u32,
    /// Connections that wait for work.
    pub idle_connections: u32,
    /// Most connections there may be.
    pub max_connections: u32,
    /// `connected`, or `error: unreachable`, `error: timeout`, `error: refused`.
    pub status: &'static str,
}

/// Something that work needs.
#[derive(Clone, Debug, Serialize)]
pub struct Preflight {
    /// What.
    pub name: &'static str,
    /// `pass` or `fail`.
    pub status: &'static str,
    /// What is wrong and what to do.
    pub message: String,
    /// Whether nothing goes without it.
    pub critical: bool,
}

impl Preflight {
    fn of(name: &'static str, ok: bool, message: impl Into<String>, critical: bool) -> Self {
        Self {
            name,
            status: if ok { "pass" } else { "fail" },
            message: message.into(),
            critical,
        }
    }

    /// Nothing goes without it.
    pub fn critical(name: &'static str, ok: bool, message: impl Into<String>) -> Self {
        Self::of(name, ok, message, true)
    }

    /// Some things go without it.
    pub fn other(name: &'static str, ok: bool, message: impl Into<String>) -> Self {
        Self::of(name, ok, message, false)
    }

    /// The word for all of them.
    #[must_use]
    pub fn word(all: &[Self]) -> &'static str {
        let failed = || all.iter().filter(|check| check.status == "fail");
        match failed().next() {
            None => "healthy",
            Some(_) if failed().any(|check| check.critical) => "unhealthy",
            Some(_) => "degraded",
        }
    }
}

/// Says how the node is. Every answer comes within about a second, also when nothing works.
#[async_trait]
pub trait Probe: Send + Sync + 'static {
    /// Every part of the node.
    async fn checks(&self) -> Vec<Check>;

    /// The database.
    async fn database(&self) -> DatabaseStatus;

    /// Everything that work needs, and when it was looked at.
    async fn preflight(&self) -> (DateTime<Utc>, Vec<Preflight>) {
        (DateTime::UNIX_EPOCH, Vec::new())
    }
}

/// `GET /livez`: the process is up.
pub(super) async fn live() -> &'static str {
    "ok"
}

/// `GET /readyz`: whether the node may get traffic; `?verbose` (with a token) names every part.
pub(super) async fn ready(
    State(doors): State<Doors>,
    MaybeCaller(caller): MaybeCaller,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let verbose = query
        .split('&')
        .any(|pair| pair == "verbose" || pair.starts_with("verbose="));
    if verbose && caller.is_none() {
        return Err(Problem::unauthenticated());
    }
    let checks = doors.probe.checks().await;
    let ok = checks.iter().all(|check| check.ok);
    let failing: Vec<_> = checks
        .iter()
        .filter(|check| !check.ok)
        .map(|c| &c.name)
        .collect();
    let mut body = json!({"status": if ok { "ready" } else { "not_ready" }, "failing": failing});
    if verbose {
        body["checks"] =
            serde_json::to_value(&checks).map_err(|error| Problem::internal(&error))?;
    }
    Ok(told(ok, body))
}

/// `GET /health`: the pipeline client's word for ready.
pub(super) async fn root(State(doors): State<Doors>) -> Response {
    let ok = is_ready(&doors).await;
    let status = if ok { "healthy" } else { "unhealthy" };
    told(ok, json!({"status": status}))
}

/// `GET /health/ready`.
pub(super) async fn root_ready(State(doors): State<Doors>) -> Response {
    let ok = is_ready(&doors).await;
    let status = if ok { "ready" } else { "not_ready" };
    told(ok, json!({"status": status}))
}

/// `GET /health/live`.
pub(super) async fn root_live() -> Result<Answer, Problem> {
    Answer::plain(json!({"status": "alive"}))
}

/// `GET /api/v1/health`: 200 always; the console looks into it.
pub(super) async fn api(State(doors): State<Doors>) -> Result<Answer, Problem> {
    Answer::plain(json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "database": doors.probe.database().await,
    }))
}

/// `GET /api/v1/preflight`: whether everything is there that work needs.
pub(super) async fn preflight(State(doors): State<Doors>) -> Result<Answer, Problem> {
    let (timestamp, checks) = doors.probe.preflight().await;
    Answer::plain(json!({
        "status": Preflight::word(&checks),
        "checks": checks,
        "timestamp": timestamp,
    }))
}

async fn is_ready(doors: &Doors) -> bool {
    doors.probe.checks().await.iter().all(|check| check.ok)
}

/// 200, or 503 with the time after which a repeat may help, as every 503 has it.
fn told(ok: bool, body: Value) -> Response {
    if ok {
        return axum::Json(body).into_response();
    }
    let retry = [(header::RETRY_AFTER, "1")];
    (StatusCode::SERVICE_UNAVAILABLE, retry, axum::Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::Preflight;

    #[test]
    fn one_critical_failure_is_worse_than_all_the_others() {
        let (good, bad) = (
            Preflight::critical("a", true, ""),
            Preflight::critical("b", false, ""),
        );
        let minor = Preflight::other("c", false, "");
        assert_eq!(Preflight::word(std::slice::from_ref(&good)), "healthy");
        assert_eq!(Preflight::word(&[good.clone(), minor.clone()]), "degraded");
        assert_eq!(Preflight::word(&[minor, bad, good]), "unhealthy");
    }
}
