//! `GET /ws`: who may open a socket of a dialect.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Uri, header};
use axum::response::Response;
use pantheon_events::TenantId;

use super::super::deps::LiveDeps;
use super::super::door::{param, signed_in};
use super::super::socket::Upgrade;
use super::a::DialectA;
use super::{Audience, socket};
use crate::config::WsAnonymous;
use crate::http::Problem;
use crate::http::edge::{Peer, is_loopback};

/// The console's socket (dialect A).
#[utoipa::path(
    get, path = "/ws", tag = "live",
    params(
        ("dialect" = Option<String>, Query, description = "`a`, which it is anyway; the others are not spoken yet"),
        ("ticket" = Option<String>, Query, description = "a single-use ticket, instead of a header"),
        ("after" = Option<String>, Query, description = "the last position that the client has"),
    ),
    responses((status = 101, description = "WebSocket: `{type, timestamp, data}` frames, the snapshot first")),
)]
pub async fn console(State(deps): State<LiveDeps>, request: Request) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    match asked(&parts)?.unwrap_or(Spoken::A) {
        Spoken::A => speak_a(&deps, parts).await,
    }
}

/// The second socket. Its own dialect, B, is not spoken yet: a client has to name another one.
#[utoipa::path(
    get, path = "/api/v1/ws", tag = "live",
    params(
        ("dialect" = Option<String>, Query, description = "`a`; the others are not spoken yet"),
        ("ticket" = Option<String>, Query, description = "a single-use ticket, instead of a header"),
        ("after" = Option<String>, Query, description = "the last position that the client has"),
    ),
    responses((status = 101, description = "WebSocket: as `/ws`")),
)]
pub async fn second(State(deps): State<LiveDeps>, request: Request) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    match asked(&parts)? {
        Some(Spoken::A) => speak_a(&deps, parts).await,
        None => Err(Problem::malformed_field(
            "dialect",
            "b, which is meant here when none is named, is not spoken yet; ask for a",
        )),
    }
}

/// The dialects that are spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spoken {
    A,
}

/// The dialect that the query or the sub-protocols ask for. A client that asks for another one
/// would not understand the frames of this one, so it gets none.
fn asked(parts: &Parts) -> Result<Option<Spoken>, Problem> {
    let offered = parts.headers.get_all(header::SEC_WEBSOCKET_PROTOCOL);
    let offered = offered.iter().filter_map(|value| value.to_str().ok());
    let offered: Vec<&str> = offered
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().strip_prefix("pantheon.console."))
        .collect();
    let wanted = match param(&parts.uri, "dialect") {
        Some(name) => vec![name],
        None => offered,
    };
    if wanted.is_empty() {
        return Ok(None);
    }
    if wanted.contains(&"a") {
        return Ok(Some(Spoken::A));
    }
    Err(Problem::malformed_field(
        "dialect",
        format!("{:?} is not spoken here; only a is", wanted.join(", ")),
    ))
}

async fn speak_a(deps: &LiveDeps, mut parts: Parts) -> Result<Response, Problem> {
    let upgrade = Upgrade::of(&mut parts)?;
    let after = match param(&parts.uri, "after") {
        Some(text) => Some(
            text.parse()
                .map_err(|_| Problem::malformed_field("after", "expected a position"))?,
        ),
        None => None,
    };
    let audience = match signed_in(deps, &parts).await? {
        Some(viewer) => Some(Audience::Known(viewer)),
        None => anonymous(deps, &parts).map(|tenant| Audience::anonymous(deps, tenant)),
    };
    let (served, fleet, clock) = (deps.clone(), Arc::clone(&deps.fleet), deps.clock.clone());
    Ok(
        upgrade.accept(Some("pantheon.console.a"), deps, move |open| {
            socket::run(open, served, audience, after, move |audience| {
                DialectA::new(Arc::clone(&fleet), clock.clone(), audience)
            })
        }),
    )
}

/// The organisation that a socket may look at without signing in, if it may.
fn anonymous(deps: &LiveDeps, parts: &Parts) -> Option<TenantId> {
    match &deps.config.anonymous {
        WsAnonymous::Off => None,
        WsAnonymous::Organization(slug) => Some(TenantId::of_slug(slug)),
        WsAnonymous::Loopback => {
            let near = is_loopback(&parts.headers, parts.extensions.get::<Peer>());
            let page = parts.headers.get(header::ORIGIN);
            // A client that is no browser names no origin; a page from elsewhere names its own.
            let local = page.is_none_or(|page| page.to_str().is_ok_and(is_loopback_origin));
            (near && local).then(TenantId::default_organization)
        }
    }
}

fn is_loopback_origin(origin: &str) -> bool {
    let Ok(uri) = origin.parse::<Uri>() else {
        return false;
    };
    let host = uri.host().unwrap_or_default();
    let address = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_origins_of_this_machine_are_local() {
        for yes in [
            "http://localhost:3000",
            "http://127.0.0.1",
            "http://[::1]:5173",
        ] {
            assert!(is_loopback_origin(yes), "{yes}");
        }
        for no in [
            "http://localhost.example.com",
            "https://example.com",
            "null",
            "http://10.0.0.1",
        ] {
            assert!(!is_loopback_origin(no), "{no}");
        }
    }
}
