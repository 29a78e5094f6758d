//! `GET /audit/access`: refusals, exports and tokens.

use std::time::Duration;

use pantheon::auth::Role;
use pantheon_events::{ActorKind, TenantId};
use pantheon_harness::eventually;
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, answer, refused};

const LONG: Duration = Duration::from_secs(20);
const AGENT: &str = "curl/8.9 canary-of-a-user-agent";

/// The lines of a kind, the newest first, once there are so many.
async fn lines(world: &World, kind: &str, count: usize) -> Vec<Value> {
    eventually(LONG, async || {
        let page = world.current(&format!("/audit/access?kind={kind}")).await;
        let items = page["items"].as_array().expect("a list").clone();
        match items.len() == count {
            true => Ok(items),
            false => Err(format!("{} of {count} lines: {page}", items.len())),
        }
    })
    .await
}

/// Everything in the log as text, but where the installation's own services are.
async fn log(world: &World) -> String {
    let events = world
        .node
        .app()
        .log
        .read(pantheon_events::Position::ZERO, 1000)
        .await;
    let events = events.expect("the log").events;
    let told = events
        .iter()
        .filter(|event| event.aggregate_type != "infrastructure");
    let texts = told.map(|event| event.payload.get().to_owned());
    texts.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_refusal_is_on_record_with_who_where_and_from_where() {
    let world = World::new().await;
    let viewer = world.person("nosy", Role::Viewer);
    let task = world.post("/tasks", json!({ "name": "one" })).await.1;
    let path = format!("/tasks/{}", task["id"].as_str().expect("an id"));
    let request = world.request_as(&viewer, Method::DELETE, &path);
    refused(request.header("user-agent", AGENT), 403, "forbidden").await;

    let line = &lines(&world, "denied", 1).await[0];
    for (field, value) in [
        ("actor_kind", "human"),
        ("actor_id", "nosy"),
        ("method", "DELETE"),
        ("route", "/api/v1/tasks/{id}"),
        ("detail", "forbidden"),
        ("ip_address", "127.0.0.1"),
        ("user_agent", AGENT),
    ] {
        assert_eq!(line[field], value, "{field}: {line}");
    }
    assert_eq!(line["count"], 1);
    // BUS-19: neither stands in the log in clear text.
    let log = log(&world).await;
    assert!(log.contains("/api/v1/tasks/{id}"), "{log}");
    assert!(
        !log.contains("canary") && !log.contains("127.0.0.1"),
        "{log}"
    );
}

#[tokio::test]
async fn a_flood_of_refusals_becomes_two_events_a_minute() {
    let world = World::new().await;
    let viewer = world.role(Role::Viewer);
    for n in 0..30 {
        // Who tries may call themself what they like each time.
        let request = world.request_as(&viewer, Method::POST, "/products");
        let request = request.header("user-agent", format!("bot {n}"));
        refused(request.json(&json!({})), 403, "forbidden").await;
    }
    assert_eq!(lines(&world, "denied", 1).await[0]["count"], 1);
    world.time.pass(61);
    let two = lines(&world, "denied", 2).await;
    assert_eq!(
        (&two[0]["count"], &two[1]["count"]),
        (&json!(29), &json!(1))
    );

    // What comes later is told anew.
    let request = world.request_as(&viewer, Method::POST, "/products");
    refused(request.json(&json!({})), 403, "forbidden").await;
    assert_eq!(lines(&world, "denied", 3).await[0]["count"], 1);
}

#[tokio::test]
async fn what_was_counted_is_told_when_the_node_stops() {
    let world = World::new().await;
    let viewer = world.role(Role::Viewer);
    for _ in 0..5 {
        let request = world.request_as(&viewer, Method::POST, "/products");
        refused(request.json(&json!({})), 403, "forbidden").await;
    }
    let world = world.restarted().await;
    let two = lines(&world, "denied", 2).await;
    assert_eq!((&two[0]["count"], &two[1]["count"]), (&json!(4), &json!(1)));
}

#[tokio::test]
async fn looking_into_anothers_organisation_is_on_record_in_ones_own() {
    let world = World::with(&[("PANTHEON_REGISTRATION", "open")]).await;
    let stranger = world.stranger();
    let home = TenantId::default_organization();
    let path = format!("/organizations/{home}");
    refused(
        world.request_as(&stranger, Method::GET, &path),
        404,
        "not_found",
    )
    .await;
    let own = eventually(LONG, async || {
        let request = world.request_as(&stranger, Method::GET, "/audit/access?kind=denied");
        let page = answer(request).await.1;
        match page["items"].as_array().map(Vec::len) {
            Some(1) => Ok(page["items"][0].clone()),
            _ => Err(page.to_string()),
        }
    })
    .await;
    assert_eq!(own["detail"], "foreign_organization");
    // Those who were looked for are not told of it.
    assert_eq!(lines(&world, "denied", 0).await, [] as [Value; 0]);
}

#[tokio::test]
async fn taking_the_log_along_is_on_record_and_reading_a_page_is_not() {
    let world = World::new().await;
    let (status, _) = world.get("/events?limit=5").await;
    assert_eq!(status, 200);
    let request = world.request(Method::GET, "/events?limit=5");
    let taken = request.header("accept", "application/x-ndjson").send();
    let taken = taken.await.expect("an answer");
    assert_eq!(taken.status(), 200);
    taken.bytes().await.expect("lines");
    let line = &lines(&world, "export", 1).await[0];
    assert_eq!(
        (&line["detail"], &line["actor_id"]),
        (&json!("events"), &json!(crate::world::ADMIN))
    );
}

#[tokio::test]
async fn the_trail_is_read_by_auditors_and_admins_and_written_by_nobody() {
    let world = World::new().await;
    for (role, status) in [
        (Role::Auditor, 200),
        (Role::Admin, 200),
        (Role::Developer, 403),
        (Role::Viewer, 403),
    ] {
        let token = world.role(role);
        let (got, body) = answer(world.request_as(&token, Method::GET, "/audit/access")).await;
        assert_eq!(got, status, "{role}: {body}");
    }
    let id = pantheon_events::access::trail_id(world.tenant, ActorKind::Human, "x");
    let body = json!({ "id": id, "data": {} });
    for command in ["record_denial", "record_export", "record_token_issue"] {
        let path = format!("/commands/access_trail/{command}");
        let request = world.request(Method::POST, &path).json(&body);
        refused(request, 403, "forbidden").await;
    }
}

#[tokio::test]
async fn pages_of_the_trail_are_whole() {
    let world = World::new().await;
    let viewer = world.role(Role::Viewer);
    for path in ["/products", "/agents", "/channels-of-nobody", "/tasks"] {
        let request = world.request_as(&viewer, Method::POST, path);
        answer(request.json(&json!({}))).await;
    }
    let all = lines(&world, "denied", 3).await;
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = world
            .current(&format!("/audit/access?kind=denied&limit=1{cursor}"))
            .await;
        seen.extend(page["items"].as_array().expect("a list").iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, all);
    let request = world.request(Method::GET, "/audit/access?days=91");
    refused(request, 400, "malformed_request").await;
}
