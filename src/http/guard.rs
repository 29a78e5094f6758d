//! In front of every route: who calls, whether the permission table lets them, and how often.
//!
//! The handler behind it cannot forget to ask: a route without a row in the table answers nobody.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use pantheon_events::TenantId;
use pantheon_events::agents::catalogue_type;

use super::limits::{Counted, Left, SignIn};
use super::{Caller, Doors, Problem, RequestMeta};
use crate::audit::{Deed, Seen};
use crate::auth::{InvalidToken, Need, Principal, Unverified, may, table};

/// The route a request was answered by, for metrics.
#[derive(Clone)]
pub(crate) struct Route(pub MatchedPath);

pub(super) async fn guard(
    State(doors): State<Doors>,
    matched: Option<MatchedPath>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Some(refused) = doors.queries_only.then(|| not_served(&request)).flatten() {
        return refused;
    }
    let Shown { who, away } = shown(&doors, request.headers().get(header::AUTHORIZATION)).await;
    let asked = asked(matched.as_ref(), &request);
    let left = count(&doors, who.as_deref(), asked, &request);
    let witness = Witness::of(&doors, who.as_ref(), &request);
    let mut response = match left {
        Some(left) if !left.allowed => rate_limited(left).into_response(),
        _ => match admit(&doors, matched.as_ref(), Shown { who, away }, &request) {
            Ok(caller) => {
                if let Some(caller) = caller {
                    request.extensions_mut().insert(caller);
                }
                next.run(request).await
            }
            Err(Refused { problem, foreign }) => {
                let mut response = problem.into_response();
                if foreign {
                    response.extensions_mut().insert(Foreign);
                }
                response
            }
        },
    };
    let failed = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&response.status());
    if let (Some((SignIn::Login, address)), true) = (asked, failed) {
        let failed = Counted::SignIn(SignIn::FailedLogin, address);
        let _ = doors.limits.count(failed);
    }
    if let (Some(witness), Some(matched)) = (witness, &matched) {
        witness.note(&doors, matched.as_str(), &mut response);
    }
    if let Some(left) = left {
        left.add_to(response.headers_mut());
    }
    if let Some(matched) = matched {
        response.extensions_mut().insert(Route(matched));
    }
    response
}

/// Questions that have a body.
const POSTED_QUERIES: [&str; 1] = ["/api/v1/tasks/plan"];

/// The refusal of what a node that answers queries only does not do: commands, and what never ends.
fn not_served(request: &Request) -> Option<Response> {
    let path = request.uri().path();
    let asks = [Method::GET, Method::HEAD].contains(request.method());
    if !asks && !POSTED_QUERIES.contains(&path) {
        let problem = Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "commands_not_served",
            "Queries only are answered here. Send commands to the installation itself.",
        );
        let mut response = problem.into_response();
        let allowed = HeaderValue::from_static("GET, HEAD");
        response.headers_mut().insert(header::ALLOW, allowed);
        return Some(response);
    }
    path.ends_with("/stream")
        .then(|| super::router::nothing_here().into_response())
}

/// Put on an answer that takes data along: what it holds.
#[derive(Clone, Copy, Debug)]
pub struct Export(pub &'static str);

/// The refusal of an organisation that the caller is no active member of: it is not there for them.
#[derive(Clone, Copy)]
struct Foreign;

/// What is known of a request before its handler has it, for the trail of access.
struct Witness {
    who: Arc<Principal>,
    method: Method,
    address: Option<IpAddr>,
    user_agent: Option<HeaderValue>,
}

impl Witness {
    fn of(doors: &Doors, who: Option<&Arc<Principal>>, request: &Request) -> Option<Self> {
        doors.trail.as_ref()?;
        let meta = request.extensions().get::<RequestMeta>();
        Some(Self {
            who: Arc::clone(who?),
            method: request.method().clone(),
            address: meta.and_then(|meta| meta.address),
            user_agent: request.headers().get(header::USER_AGENT).cloned(),
        })
    }

    fn note(self, doors: &Doors, route: &str, response: &mut Response) {
        let foreign = response.extensions_mut().remove::<Foreign>().is_some();
        let export = response.extensions_mut().remove::<Export>();
        let deed = match (response.status(), export) {
            (StatusCode::FORBIDDEN, _) => Deed::Denied("forbidden"),
            (StatusCode::NOT_FOUND, _) if foreign => Deed::Denied("foreign_organization"),
            (status, Some(Export(what))) if status.is_success() => Deed::Exported(what),
            _ => return,
        };
        if let Some(trail) = &doors.trail {
            trail.note(Seen {
                who: &self.who,
                method: self.method.as_str(),
                route,
                deed,
                address: self.address,
                user_agent: self.user_agent,
            });
        }
    }
}

/// Who is behind what a request shows.
struct Shown {
    who: Option<Arc<Principal>>,
    /// Whether nobody could say: the database does not answer.
    away: bool,
}

fn shown(doors: &Doors, value: Option<&HeaderValue>) -> impl Future<Output = Shown> + Send {
    // The head of a request is not to be borrowed while its body waits; this costs a counter.
    let (auth, value) = (doors.auth.clone(), value.cloned());
    async move {
        let verified = match value.as_ref().and_then(bearer) {
            Some(token) => auth.verify(token).await,
            None => Err(InvalidToken.into()),
        };
        Shown {
            away: matches!(verified, Err(Unverified::Away(_))),
            who: verified.ok(),
        }
    }
}

/// The token of an `Authorization: Bearer` header.
fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// What a request asks of the sign-in endpoints, and from where.
fn asked(matched: Option<&MatchedPath>, request: &Request) -> Option<(SignIn, IpAddr)> {
    let what = SignIn::of(request.method().as_str(), matched?.as_str())?;
    let meta = request.extensions().get::<RequestMeta>()?;
    Some((what, meta.address?))
}

fn count(
    doors: &Doors,
    who: Option<&Principal>,
    asked: Option<(SignIn, IpAddr)>,
    request: &Request,
) -> Option<Left> {
    // What is stricter is what the caller is told.
    let sign_in = asked.and_then(|(what, address)| doors.limits.sign_in(what, address));
    let general = counted(doors, who, request);
    match (sign_in, general) {
        (Some(sign_in), Some(general)) if general.allowed => Some(sign_in),
        (sign_in, None) => sign_in,
        (_, general) => general,
    }
}

fn counted(doors: &Doors, who: Option<&Principal>, request: &Request) -> Option<Left> {
    if let Some(token) = who.and_then(|who| who.token) {
        return doors.limits.count(Counted::Token(token));
    }
    let meta = request.extensions().get::<RequestMeta>()?;
    doors.limits.count(Counted::Address(meta.address?))
}

fn rate_limited(left: Left) -> Problem {
    Problem {
        retry_after: Some(left.reset.max(1)),
        ..Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "rate_limited",
            format!("Too many requests. Try again in {} s.", left.reset.max(1)),
        )
    }
}

/// Why somebody may not have a route.
struct Refused {
    problem: Box<Problem>,
    /// Whether it is another organisation's.
    foreign: bool,
}

impl Refused {
    fn foreign() -> Self {
        Self {
            problem: Box::new(Problem::not_found()),
            foreign: true,
        }
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self {
            problem: Box::new(problem),
            foreign: false,
        }
    }
}

/// Whether the caller may have this route, and as whom the handler sees them.
fn admit(
    doors: &Doors,
    matched: Option<&MatchedPath>,
    Shown { who, away }: Shown,
    request: &Request,
) -> Result<Option<Caller>, Refused> {
    let need = need(matched.map(MatchedPath::as_str), request)?;
    let public = matches!(need, Need::Public | Need::Door);
    if who.is_none() && !public {
        let known = if away {
            Problem::database_unavailable()
        } else {
            Problem::unauthenticated()
        };
        return Err(known.into());
    }
    let Some(mut principal) = who else {
        return Ok(None);
    };
    if !public {
        let selected = selected(matched.map(MatchedPath::as_str), need, request)?;
        if let Some(tenant) = selected.filter(|tenant| *tenant != principal.tenant) {
            let there = doors.auth.standing(&principal, tenant);
            principal = Arc::new(there.ok_or_else(Refused::foreign)?);
        }
        // Nothing is there for somebody who is no member (any more); their own account still is.
        if principal.is_stranger() && need != Need::SignedIn {
            return Err(Refused::foreign());
        }
    }
    let subject = matched.and_then(|matched| subject(matched.as_str(), request.uri().path()));
    let grant =
        may(Some(&principal), need, own_name(&principal, subject)).map_err(Problem::from)?;
    Ok(Some(Caller {
        tenant: principal.tenant,
        principal,
        grant,
    }))
}

/// The row of the route. An unknown path and an unknown method of a known path are public: they
/// answer 404 and 405 to everybody.
fn need(matched: Option<&str>, request: &Request) -> Result<Need, Problem> {
    let Some(path) = matched else {
        return Ok(Need::Public);
    };
    let method = request.method().as_str();
    match table::route(method, path) {
        Some(need) => Ok(need),
        None if table::has_path(path) => Ok(Need::Public),
        None => Err(Problem::internal(&format!(
            "{method} {path} has no row in the table"
        ))),
    }
}

/// An agent may be named by any name of its type. Where that is another agent's very id, the
/// handler, which knows the fleet, refuses it.
fn own_name<'a>(who: &'a Principal, subject: Option<&'a str>) -> Option<&'a str> {
    let named = subject.and_then(catalogue_type);
    match (&who.agent, named) {
        (Some(own), Some(named)) if own.as_str() == named.id => Some(own.as_str()),
        _ => subject,
    }
}

/// The first parameter of the path.
fn subject<'p>(pattern: &str, path: &'p str) -> Option<&'p str> {
    let mut pairs = pattern.split('/').zip(path.split('/'));
    pairs
        .find(|(name, _)| name.starts_with('{'))
        .map(|(_, value)| value)
}

/// Paths below one organisation.
const ORGANIZATION: &str = "/api/v1/organizations/{org_id}";

/// The organisation that the request names, in its query or its path. One that the caller is no active
/// member of is not there for them. What is about the installation, or about the caller alone, is decided
/// where the credential acts.
fn selected(
    matched: Option<&str>,
    need: Need,
    request: &Request,
) -> Result<Option<TenantId>, Problem> {
    let query = request.uri().query().unwrap_or_default().split('&');
    let query = query
        .filter_map(|pair| pair.split_once('='))
        .filter_map(|(name, value)| {
            (matches!(name, "organization_id" | "org_id") && !value.is_empty()).then_some(value)
        });
    let below = matched.filter(|pattern| pattern.starts_with(ORGANIZATION));
    let below = below.filter(|_| need != Need::SignedIn && !need.is_of_installation());
    let path = below.and_then(|pattern| subject(pattern, request.uri().path()));
    let mut one = None;
    for text in query.chain(path) {
        let id: TenantId = text.parse().map_err(|_| Problem::not_found())?;
        if *one.get_or_insert(id) != id {
            return Err(Problem::not_found());
        }
    }
    Ok(one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subject_is_the_first_id_of_the_path() {
        assert_eq!(
            subject("/api/v1/agents/{id}/logs", "/api/v1/agents/codegen/logs"),
            Some("codegen")
        );
        assert_eq!(subject("/api/v1/tasks", "/api/v1/tasks"), None);
    }

    #[test]
    fn only_a_bearer_token_is_one() {
        let read = |text: &str| {
            let value: HeaderValue = text.parse().expect("a header value");
            bearer(&value).map(str::to_owned)
        };
        assert_eq!(read("bearer abc").as_deref(), Some("abc"));
        assert_eq!(read("Basic abc"), None);
        assert_eq!(read("abc"), None);
    }
}
