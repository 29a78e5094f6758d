//! S02: who may what, generated from the permission table, at the doors that take any command, on
//! agents' subjects and on subscriptions. Routes have theirs in `http/matrix.rs`.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::StreamExt;
use pantheon::auth::table::EVENTS;
use pantheon::auth::{Grant, Need, PERMISSIONS, Role, table};
use pantheon::intake::AGENT_COMMANDS;
use pantheon::store::Commands;
use pantheon_events::TenantId;
use reqwest::Method;
use serde_json::{Value, json};

use crate::http::matrix::expected;
use crate::live::ws::Client;
use crate::world::{World, answer, send};

const ROLES: [Role; 4] = [Role::Admin, Role::Developer, Role::Viewer, Role::Auditor];

/// Whether an agent may, by the words of the table alone: about others than itself.
fn agents_may(need: Need) -> bool {
    match need {
        Need::Agent | Need::SignedIn | Need::Public | Need::Door => true,
        Need::AnyOf(ways) => ways.iter().any(|way| agents_may(*way)),
        Need::AgentSelf | Need::System | Need::Permission(_) | Need::Command(..) => false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s02_every_command_opens_to_exactly_the_roles_of_its_row_over_http_and_on_its_subject() {
    let world = World::with_bus(&[]).await;
    let service = world.service().await;
    let agent = world.agent("me", "codegen").await;
    let auth = &world.node.app().auth;
    let day = Duration::from_secs(86_400);
    let agent = auth.issue_agent(agent, world.tenant, day).token;
    let mut callers: Vec<_> = ROLES.map(|role| (Some(role), world.role(role))).into();
    callers.push((None, agent));
    let specs: Vec<_> = Commands::SPECS
        .iter()
        .flat_map(|specs| specs.iter())
        .collect();
    assert!(specs.len() > 100, "{}", specs.len());
    // Nobody of this name: what is allowed fails later, and changes nothing.
    let body = json!({ "id": "nobody", "data": { "no_such_field": 1 } });
    for spec in specs {
        let command = format!("{}/{}", spec.aggregate, spec.name);
        let need = table::command(spec.aggregate, spec.name).expect("a row");
        for (role, token) in &callers {
            let open = match role {
                Some(role) => expected(*role, need).is_some(),
                None => agents_may(need),
            };
            let path = format!("/commands/{command}");
            let request = world.request_as(token, Method::POST, &path).json(&body);
            let (over_http, said) = answer(request).await;
            let subject = command.replace('/', ".");
            let on_subject = send(&service, &subject, Some(token), &body).await;
            for (door, status) in [
                ("HTTP", u64::from(over_http.as_u16())),
                ("NATS", on_subject["status"].as_u64().unwrap_or_default()),
            ] {
                let got = (400..500).contains(&status) && (status == 403) != open && status != 401;
                assert!(
                    got,
                    "{door} {command} as {role:?}: {status}, {said}, {on_subject}"
                );
            }
        }
        let nobody = send(&service, &command.replace('/', "."), None, &body).await;
        assert_eq!(nobody["status"], 401, "{command}");
    }
    // On an agent's own subjects there is nothing that the table does not give to agents.
    for row in AGENT_COMMANDS {
        let need = table::command(row.aggregate, row.command).expect("a row");
        let own = |need: Need| need == Need::AgentSelf || agents_may(need);
        let given = match need {
            Need::AnyOf(ways) => ways.iter().any(|way| own(*way)),
            need => own(need),
        };
        assert!(given, "{} is no agent's command", row.name);
    }
}

/// The aggregates whose events a role sees of streams that are somebody else's.
fn seen_by(role: Role) -> BTreeSet<&'static str> {
    let held = |code: &str| {
        let known = PERMISSIONS.iter().find(|known| known.code == code);
        known.and_then(|known| known.grant(role))
    };
    let rows = EVENTS
        .iter()
        .filter(|row| held(row.code) == Some(Grant::All));
    rows.map(|row| row.aggregate).collect()
}

fn aggregate(event: &Value) -> String {
    let kind = event["type"].as_str().expect("a type");
    kind.split('.').nth(1).expect("an aggregate").to_owned()
}

/// What a subscription gives from the beginning, up to the present.
async fn subscribed(world: &World, token: &str, head: i64) -> BTreeSet<String> {
    let headers = [("sec-websocket-protocol", Some("pantheon.live.v1"))];
    let opened = Client::open(world.node.address(), "/api/v1/live", Some(token), &headers).await;
    let mut socket = opened.unwrap_or_else(|status| panic!("no socket: {status}"));
    assert_eq!(socket.frame().await["type"], "ready");
    let subscribe = json!({ "type": "subscribe", "id": "all", "from": "start", "window": 0 });
    socket.say(subscribe).await;
    let mut seen = BTreeSet::new();
    loop {
        let frame = socket.frame().await;
        match frame["type"].as_str() {
            Some("events") => seen.extend(
                frame["items"]
                    .as_array()
                    .expect("items")
                    .iter()
                    .map(aggregate),
            ),
            Some("caught_up") => {
                let at = frame["position"]
                    .as_str()
                    .and_then(|at| at.parse::<i64>().ok());
                assert!(at >= Some(head), "{frame}");
                return seen;
            }
            Some("error") => panic!("{frame}"),
            _ => {}
        }
    }
}

/// The same as server-sent events: everything before the first sign that nothing more is there.
async fn streamed(world: &World, token: &str, head: i64) -> BTreeSet<String> {
    let request = world.request_as(token, Method::GET, "/events/stream?after=0");
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let mut bytes = answer.bytes_stream();
    let (mut text, mut seen) = (String::new(), BTreeSet::new());
    loop {
        while let Some(end) = text.find("\n\n") {
            let block = text.drain(..end + 2).collect::<String>();
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
            let at = field("id:").and_then(|id| id.trim().parse::<i64>().ok());
            if let Some(data) = field("data:") {
                let data: Value = serde_json::from_str(data.trim()).expect("JSON");
                if data["type"].is_string() {
                    seen.insert(aggregate(&data));
                }
            }
            if at >= Some(head) {
                return seen;
            }
        }
        let more = tokio::time::timeout(Duration::from_secs(30), bytes.next()).await;
        let more = more.expect("something in time").expect("an open stream");
        text.push_str(&String::from_utf8_lossy(&more.expect("bytes")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s02_every_subscription_shows_exactly_the_aggregates_of_its_role() {
    // Nobody folds these: they are of every aggregate, and of no known type.
    let world = World::with(&[
        ("PANTHEON_ROLE", "api,live"),
        ("PANTHEON_SYSTEM_SAMPLE", "1h"),
    ])
    .await;
    let mut last = 0;
    for row in EVENTS {
        let id = uuid::Uuid::now_v7().to_string();
        last = world.raw((row.aggregate, &id), "probed", "{}").await.get();
    }
    let mut callers: Vec<_> = ROLES
        .map(|role| {
            (
                format!("{role}"),
                world.person("somebody", role),
                seen_by(role),
            )
        })
        .into();
    let elsewhere = TenantId::of_slug("elsewhere");
    let stranger = world.token(elsewhere, Role::Admin);
    callers.push(("a stranger".to_owned(), stranger, BTreeSet::new()));
    let probed: BTreeSet<String> = EVENTS.iter().map(|row| row.aggregate.to_owned()).collect();
    for (who, token, expected) in callers {
        let expected: BTreeSet<String> = expected.into_iter().map(str::to_owned).collect();
        let of_probes = |seen: BTreeSet<String>| -> BTreeSet<String> {
            seen.intersection(&probed).cloned().collect()
        };
        let on_socket = of_probes(subscribed(&world, &token, last).await);
        assert_eq!(on_socket, expected, "{who} on a socket");
        let as_stream = of_probes(streamed(&world, &token, last).await);
        assert_eq!(as_stream, expected, "{who} as server-sent events");
    }
}
