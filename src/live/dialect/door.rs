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
        ("ticket" = Option<String>, Query, description = "a single-use ticket, instead of a header"),
        ("after" = Option<String>, Query, description = "the last position that the client has"),
    ),
    responses((status = 101, description = "WebSocket: `{type, timestamp, data}` frames, the snapshot first")),
)]
pub async fn console(State(deps): State<LiveDeps>, request: Request) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let upgrade = Upgrade::of(&mut parts)?;
    let after = match param(&parts.uri, "after") {
        Some(text) => Some(
            text.parse()
                .map_err(|_| Problem::malformed_field("after", "expected a position"))?,
        ),
        None => None,
    };
    let audience = match signed_in(&deps, &parts).await? {
        Some(viewer) => Some(Audience::Known(viewer)),
        None => anonymous(&deps, &parts).map(|tenant| Audience::anonymous(&deps, tenant)),
    };
    let (served, fleet, clock) = (deps.clone(), Arc::clone(&deps.fleet), deps.clock.clone());
    Ok(
        upgrade.accept(Some("pantheon.console.a"), &deps, move |open| {
            socket::run(open, served, audience, after, move |audience| {
                DialectA::new(fleet, clock, audience)
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
