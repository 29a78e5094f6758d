//! `GET /api/v1/live` and `POST /api/v1/live/tickets`: who may come in, before the first frame.

use axum::extract::{FromRef, Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri, header};
use axum::response::Response;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::deps::{LiveDeps, Viewer};
use super::frame::PROTOCOL;
use super::socket::Upgrade;
use super::{dialect, logs, session, sse};
use crate::auth::{TICKET_TTL, Ticket, TicketsUnavailable};
use crate::http::{Answer, Caller, Problem};

/// The routes of the live stream.
pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    LiveDeps: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(live))
        .routes(routes!(ticket))
        .routes(routes!(sse::stream))
        .routes(routes!(logs::stream))
        .routes(routes!(dialect::door::console))
        .routes(routes!(dialect::door::second))
        .routes(routes!(dialect::door::gate))
}

/// Opens a socket of the sub-protocol `pantheon.live.v1`.
#[utoipa::path(
    get, path = "/api/v1/live", tag = "live",
    params(("ticket" = Option<String>, Query, description = "a single-use ticket, instead of a header")),
    responses((status = 101, description = "WebSocket, sub-protocol `pantheon.live.v1`"), (status = 401, description = "the token or ticket is not accepted")),
)]
pub async fn live(State(deps): State<LiveDeps>, request: Request) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let upgrade = Upgrade::of(&mut parts)?;
    let viewer = signed_in(&deps, &parts).await?;
    let served = deps.clone();
    Ok(upgrade.accept(Some(PROTOCOL), &deps, move |socket| {
        session::run(socket, served, viewer)
    }))
}

/// A ticket for one socket, for clients that cannot send a header with it.
#[utoipa::path(
    post, path = "/api/v1/live/tickets", tag = "live",
    responses((status = 200, description = "`{ticket, expires_at, expires_in}`: good for one socket within 30 s", body = Object)),
)]
pub async fn ticket(State(deps): State<LiveDeps>, caller: Caller) -> Result<Answer, Problem> {
    #[derive(Serialize)]
    struct Body {
        #[serde(flatten)]
        ticket: Ticket,
        expires_in: i64,
    }
    let ticket = deps.tickets.issue(&caller.principal).await?;
    let expires_in = TICKET_TTL.num_seconds();
    Answer::plain(Body { ticket, expires_in }).map(Answer::secret)
}

/// Who a header or a ticket speaks for. `None` = the first frame has to say it. What is shown and
/// not accepted is 401, never a socket.
pub async fn signed_in(deps: &LiveDeps, parts: &Parts) -> Result<Option<Viewer>, Problem> {
    if ["token", "access_token"]
        .iter()
        .any(|name| param(&parts.uri, name).is_some())
    {
        return Err(Problem::unauthenticated());
    }
    if let Some(value) = parts.headers.get(header::AUTHORIZATION) {
        let token = value
            .to_str()
            .ok()
            .and_then(bearer)
            .ok_or_else(Problem::unauthenticated)?;
        return Ok(Some(deps.admit(token).await?));
    }
    let Some(ticket) = param(&parts.uri, "ticket") else {
        return Ok(None);
    };
    let principal = deps
        .tickets
        .redeem(ticket)
        .await?
        .ok_or_else(Problem::unauthenticated)?;
    // As they stand now: a membership may have ended since the ticket was issued.
    let principal = deps.auth.standing(&principal, principal.tenant);
    let viewer = deps.viewer(principal.ok_or_else(Problem::unauthenticated)?);
    deps.confirm(&viewer)
        .map_err(|_| Problem::unauthenticated())?;
    Ok(Some(viewer))
}

/// A parameter of the query string whose values need no escaping.
pub fn param<'a>(uri: &'a Uri, name: &str) -> Option<&'a str> {
    let pairs = uri.query().unwrap_or_default().split('&');
    pairs
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, v)| v)
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl From<TicketsUnavailable> for Problem {
    fn from(error: TicketsUnavailable) -> Self {
        tracing::warn!(cause = ?error, "the database did not answer about a ticket");
        Self::database_unavailable()
    }
}

impl From<super::socket::NotAWebSocket> for Problem {
    fn from(error: super::socket::NotAWebSocket) -> Self {
        Self::new(
            StatusCode::UPGRADE_REQUIRED,
            "malformed_request",
            error.to_string(),
        )
    }
}
