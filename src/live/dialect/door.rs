//! `GET /ws`, `/api/v1/ws` and a gate's stream: who may open a socket of a dialect.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Uri, header};
use axum::response::Response;
use pantheon_events::{ApprovalId, TenantId};
use uuid::Uuid;

use super::super::deps::{LiveDeps, Viewer};
use super::super::door::{param, signed_in};
use super::super::socket::Upgrade;
use super::a::DialectA;
use super::b::DialectB;
use super::c::DialectC;
use super::d::{self, DialectD};
use super::execution::{OneExecution, is_there};
use super::{Audience, socket};
use crate::auth::{may, permission};
use crate::config::WsAnonymous;
use crate::http::edge::{Peer, is_loopback};
use crate::http::{ApiPath, Problem};

/// The console's socket: dialect A, or the one that is asked for.
#[utoipa::path(
    get, path = "/ws", tag = "live",
    params(
        ("dialect" = Option<String>, Query, description = "`a` (usual), `b` or `c`"),
        ("ticket" = Option<String>, Query, description = "a single-use ticket, instead of a header"),
        ("after" = Option<String>, Query, description = "the last position that the client has"),
    ),
    responses((status = 101, description = "WebSocket: `{type, timestamp, data}` frames, the snapshot first")),
)]
pub async fn console(State(deps): State<LiveDeps>, request: Request) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    let spoken = asked(&parts)?.unwrap_or(Spoken::A);
    speak(&deps, parts, spoken).await
}

/// The second socket: dialect B, or the one that is asked for.
#[utoipa::path(
    get, path = "/api/v1/ws", tag = "live",
    params(
        ("dialect" = Option<String>, Query, description = "`b` (usual), `a` or `c`"),
        ("events" = Option<bool>, Query, description = "b: `true` for frames of executions only"),
        ("execution_id" = Option<String>, Query, description = "b: what one execution logs, to its end"),
        ("ticket" = Option<String>, Query, description = "a single-use ticket, instead of a header"),
        ("token" = Option<String>, Query, description = "b: the same"),
        ("after" = Option<String>, Query, description = "the last position that the client has"),
    ),
    responses(
        (status = 101, description = "WebSocket: flat frames `{type, …, timestamp}`"),
        (status = 404, description = "there is no such execution"),
    ),
)]
pub async fn second(State(deps): State<LiveDeps>, request: Request) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    let spoken = asked(&parts)?.unwrap_or(Spoken::B);
    speak(&deps, parts, spoken).await
}

/// One workflow gate (dialect D): how far it is, then how it ends.
#[utoipa::path(
    get, path = "/api/approvals/{id}/stream", tag = "live",
    params(
        ("id" = String, Path, description = "the gate's approval"),
        ("ticket" = Option<String>, Query, description = "a single-use ticket, instead of a header"),
    ),
    responses(
        (status = 101, description = "WebSocket: `approval_update` frames, then `approval_completed`"),
        (status = 404, description = "there is no such gate"),
    ),
)]
pub async fn gate(
    State(deps): State<LiveDeps>,
    ApiPath(id): ApiPath<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let id: ApprovalId = id.parse().map_err(|_| Problem::not_found())?;
    let upgrade = Upgrade::of(&mut parts)?;
    let viewer = signed_in(&deps, &parts).await?;
    if let Some(viewer) = &viewer {
        let who = &viewer.principal;
        may(Some(who), permission("workflows.read"), None).map_err(Problem::from)?;
        if !d::is_there(&deps.log, who.tenant, id).await? {
            return Err(Problem::not_found());
        }
    }
    let (served, log) = (deps.clone(), deps.log.clone());
    let audience = viewer.map(Audience::Known);
    Ok(upgrade.accept(None, &deps, move |open| {
        socket::run(open, served, audience, None, move |audience| {
            DialectD::new(log.clone(), audience.viewer().clone(), id)
        })
    }))
}

/// The dialects that a client may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spoken {
    A,
    B,
    C,
}

const SPOKEN: [(&str, Spoken); 3] = [("a", Spoken::A), ("b", Spoken::B), ("c", Spoken::C)];

impl Spoken {
    const fn protocol(self) -> &'static str {
        match self {
            Self::A => "pantheon.console.a",
            Self::B => "pantheon.console.b",
            Self::C => "pantheon.console.c",
        }
    }
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
    let known = SPOKEN.iter().find(|(name, _)| wanted.contains(name));
    match known {
        Some((_, spoken)) => Ok(Some(*spoken)),
        None => Err(Problem::malformed_field(
            "dialect",
            format!("{:?} is not spoken here; a, b and c are", wanted.join(", ")),
        )),
    }
}

async fn speak(deps: &LiveDeps, mut parts: Parts, spoken: Spoken) -> Result<Response, Problem> {
    let upgrade = Upgrade::of(&mut parts)?;
    let after = match param(&parts.uri, "after") {
        Some(text) => Some(
            text.parse()
                .map_err(|_| Problem::malformed_field("after", "expected a position"))?,
        ),
        None => None,
    };
    let known = match spoken {
        Spoken::B => by_ticket_or(deps, &parts).await?,
        Spoken::A | Spoken::C => signed_in(deps, &parts).await?,
    };
    let audience = match known {
        Some(viewer) => Some(Audience::Known(viewer)),
        None if spoken == Spoken::C => None,
        None => anonymous(deps, &parts).map(|tenant| Audience::anonymous(deps, tenant)),
    };
    let (served, node) = (deps.clone(), deps.clone());
    let protocol = Some(spoken.protocol());
    Ok(match spoken {
        Spoken::A => upgrade.accept(protocol, deps, move |open| {
            socket::run(open, served, audience, after, move |audience| {
                DialectA::new(Arc::clone(&node.fleet), node.clock.clone(), audience)
            })
        }),
        Spoken::C => upgrade.accept(protocol, deps, move |open| {
            socket::run(open, served, audience, after, move |audience| {
                DialectC::new(&node, audience)
            })
        }),
        Spoken::B => match execution(deps, &parts, audience.as_ref()).await? {
            Some(id) => upgrade.accept(protocol, deps, move |open| {
                // Nobody anonymous reads what an execution logs: they sign in first.
                let audience = audience.filter(|audience| !audience.is_anonymous());
                socket::run(open, served, audience, None, move |audience| {
                    let tenant = audience.viewer().principal.tenant;
                    OneExecution::new(node.log.clone(), tenant, id)
                })
            }),
            None => {
                let only = param(&parts.uri, "events") == Some("true");
                upgrade.accept(protocol, deps, move |open| {
                    socket::run(open, served, audience, after, move |audience| {
                        DialectB::new(node.log.clone(), node.clock.clone(), &audience, only)
                    })
                })
            }
        },
    })
}

/// Who a header or a ticket speaks for; this dialect's clients call the ticket a token.
async fn by_ticket_or(deps: &LiveDeps, parts: &Parts) -> Result<Option<Viewer>, Problem> {
    let Some(ticket) = param(&parts.uri, "token") else {
        return signed_in(deps, parts).await;
    };
    let uri: Uri = format!("/?ticket={ticket}")
        .parse()
        .map_err(|_| Problem::unauthenticated())?;
    let mut parts = parts.clone();
    parts.uri = uri;
    signed_in(deps, &parts).await
}

/// The execution that is asked for, if one is. Who is known hears now that there is none.
async fn execution(
    deps: &LiveDeps,
    parts: &Parts,
    audience: Option<&Audience>,
) -> Result<Option<Uuid>, Problem> {
    let Some(id) = param(&parts.uri, "execution_id") else {
        return Ok(None);
    };
    let id: Uuid = id.parse().map_err(|_| Problem::not_found())?;
    if let Some(Audience::Known(viewer)) = audience {
        let who = &viewer.principal;
        may(Some(who), permission("agents.read"), None).map_err(Problem::from)?;
        if !is_there(&deps.log, who.tenant, id).await? {
            return Err(Problem::not_found());
        }
    }
    Ok(Some(id))
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
