//! S02, G13: every route × every role, generated from the permission table.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use axum::routing::MethodRouter;
use axum::routing::{delete, get, patch, post, put};
use pantheon::auth::{Grant, Need, PERMISSIONS, Role, table};
use pantheon::http::{Answer, Api, Caller, MaybeCaller, Problem};
use pantheon::store::Commands;
use pantheon_events::TenantId;
use serde_json::json;
use tower::ServiceExt;

use super::shell::doors;

/// The core's own pages, which answer instead of the stand-ins.
const PAGES: [&str; 14] = [
    "/",
    "/livez",
    "/readyz",
    "/health",
    "/health/ready",
    "/health/live",
    "/api/v1/health",
    "/api/v1/preflight",
    "/metrics",
    "/openapi.json",
    "/docs",
    "/docs/{*rest}",
    "/problems/{code}",
    "/.well-known/jwks.json",
];

async fn stand_in(MaybeCaller(caller): MaybeCaller) -> Result<Answer, Problem> {
    let grant = caller
        .as_ref()
        .map(|Caller { grant, .. }| format!("{grant:?}"));
    Answer::plain(json!({"grant": grant}))
}

fn handler(method: &str) -> MethodRouter {
    match method {
        "GET" => get(stand_in),
        "POST" => post(stand_in),
        "PUT" => put(stand_in),
        "PATCH" => patch(stand_in),
        "DELETE" => delete(stand_in),
        other => panic!("no route has the method {other}"),
    }
}

fn stand_ins() -> Api<()> {
    let rows = table::routes().filter(|row| !PAGES.contains(&row.path));
    rows.fold(Api::default(), |api, row| {
        api.plain(row.method, row.path, handler(row.method))
    })
}

/// An address of the route, with `codegen` for every id.
fn address(path: &str) -> String {
    let home = TenantId::default_organization().to_string();
    let path = path.replace("{org_id}", &home);
    let parts = path.split('/').map(|part| match part.starts_with('{') {
        true => "codegen",
        false => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Whether a role may, by the words of the table alone: written apart from the code under test.
pub fn expected(role: Role, need: Need) -> Option<Grant> {
    match need {
        Need::Public | Need::Door | Need::SignedIn => Some(Grant::All),
        Need::Agent | Need::AgentSelf | Need::System => None,
        Need::Permission(code) => {
            let known = PERMISSIONS.iter().find(|known| known.code == code)?;
            known.grant(role)
        }
        Need::Command(aggregate, name) => expected(role, table::command(aggregate, name)?),
        Need::AnyOf(ways) => ways.iter().filter_map(|way| expected(role, *way)).max(),
    }
}

#[tokio::test]
async fn s02_every_route_opens_to_exactly_the_roles_of_its_row() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (doors, auth, _) = doors(dir.path(), &[("PANTHEON_LIMITS_ANONYMOUS_PER_MINUTE", "0")]);
    let router = stand_ins()
        .build((), &doors)
        .expect("every route has a row");
    let tenant = TenantId::default_organization();
    let roles = [Role::Admin, Role::Developer, Role::Viewer, Role::Auditor];
    let mut callers = vec![(None, None)];
    for role in roles {
        let ttl = Duration::from_secs(600);
        let token = auth.issue_operator("op", tenant, role, ttl).token;
        callers.push((Some(role), Some(token)));
    }
    for row in table::routes().filter(|row| !PAGES.contains(&row.path)) {
        for (role, token) in &callers {
            let mut request = Request::builder().method(row.method).uri(address(row.path));
            if let Some(token) = token {
                request = request.header("authorization", format!("Bearer {token}"));
            }
            let request = request.body(Body::empty()).expect("a request");
            let answer = router.clone().oneshot(request).await.expect("an answer");
            let open = matches!(row.need, Need::Public | Need::Door);
            let want = match role {
                None if open => 200,
                None => 401,
                Some(role) if expected(*role, row.need).is_some() => 200,
                Some(_) => 403,
            };
            assert_eq!(
                answer.status(),
                want,
                "{} {} as {role:?}",
                row.method,
                row.path
            );
        }
    }
}

#[test]
fn g13_every_command_has_a_row_and_every_row_a_command() {
    let commands: BTreeSet<_> = Commands::SPECS
        .iter()
        .flat_map(|specs| specs.iter())
        .map(|spec| (spec.aggregate, spec.name))
        .collect();
    let rows: BTreeSet<_> = table::commands()
        .map(|row| (row.aggregate, row.command))
        .collect();
    let missing: Vec<_> = commands.difference(&rows).collect();
    assert!(missing.is_empty(), "commands without a row: {missing:?}");
    let aggregates: BTreeSet<_> = commands.iter().map(|(aggregate, _)| *aggregate).collect();
    let stale: Vec<_> = rows
        .difference(&commands)
        .filter(|(aggregate, _)| aggregates.contains(aggregate))
        .collect();
    assert!(stale.is_empty(), "rows without a command: {stale:?}");
}

#[test]
fn g13_every_route_of_the_product_has_a_row() {
    let routes = pantheon::http::routes().routes();
    let missing: Vec<_> = routes
        .iter()
        .filter(|(method, path)| table::route(method, path).is_none())
        .collect();
    assert!(missing.is_empty(), "routes without a row: {missing:?}");
    let mut twice = BTreeMap::new();
    for route in &routes {
        *twice.entry(route).or_insert(0) += 1;
    }
    assert!(twice.values().all(|count| *count == 1), "{twice:?}");
}
