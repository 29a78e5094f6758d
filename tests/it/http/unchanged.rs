//! What every query promises: the position it reflects, waiting for one, and 304 while nothing
//! that it shows has changed.

use pantheon::auth::Role;
use pantheon_events::TenantId;
use pantheon_harness::soon;
use reqwest::header::HeaderValue;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{Reply, World, answer, code, problem, reply};

/// No node samples of its own: nothing commits unless the test does it.
const QUIET: &[(&str, &str)] = &[("PANTHEON_SYSTEM_SAMPLE", "1h")];

async fn poll(world: &World, path: &str, tag: &HeaderValue) -> Reply {
    let joint = if path.contains('?') { '&' } else { '?' };
    let head = world.head().await;
    let path = format!("{path}{joint}min_position={head}&wait=10");
    let request = world.request(Method::GET, &path);
    reply(request.header("if-none-match", tag)).await
}

async fn seen(world: &World, path: &str) -> Reply {
    let first = reply(world.request(Method::GET, path)).await;
    assert_eq!(first.status, 200, "{path}: {}", first.body);
    first
}

#[tokio::test]
async fn con_88_a_polled_list_is_unchanged_while_events_of_others_commit() {
    let world = World::with(QUIET).await;
    world.current("/agents").await;
    let first = seen(&world, "/agents").await;
    let tag = &first.headers["etag"];

    world
        .post("/tasks", json!({ "name": "Not of an agent" }))
        .await;
    let elsewhere = world.token(TenantId::of_slug("elsewhere"), Role::Admin);
    let enroll = world.request_as(&elsewhere, Method::POST, "/agents");
    let enroll = enroll.json(&json!({ "id": "theirs-1", "type": "codegen" }));
    let (status, body) = answer(enroll).await;
    assert_eq!(status, 201, "{body}");
    let same = poll(&world, "/agents", tag).await;
    assert_eq!(same.status, 304, "nothing here has changed");
    assert_eq!(&same.headers["etag"], tag);
    let position = same.headers["pantheon-position"].to_str().expect("text");
    assert_eq!(position, world.head().await.to_string(), "what it reflects");

    world.agent("ours-1", "codegen").await;
    let changed = poll(&world, "/agents", tag).await;
    assert_eq!(changed.status, 200);
    let ids = changed.body.as_array().expect("a list").iter();
    assert!(ids.clone().any(|agent| agent["id"] == "ours-1"));
    let own = changed.headers["pantheon-position"].to_str().expect("text");
    assert_eq!(changed.headers["etag"], format!("W/\"{own}\""));
}

#[tokio::test]
async fn con_88_every_query_of_a_read_model_is_unchanged_while_events_of_others_commit() {
    let world = World::with(QUIET).await;
    let lamp = json!({ "name": "Lamp", "price": "5.00", "stock": 9 });
    let (_, lamp) = world.post("/products", lamp).await;
    let order = json!({ "product_id": lamp["id"], "quantity": 1 });
    let (_, order) = world.post("/orders", order).await;
    let id = |body: &Value| body["id"].as_str().expect("an id").to_owned();
    let (lamp, order) = (id(&lamp), id(&order));
    let paths = [
        "/products".to_owned(),
        format!("/products/{lamp}"),
        "/orders".to_owned(),
        format!("/orders/{order}"),
        format!("/orders/{order}/history"),
        "/approvals".to_owned(),
        "/approval-policies".to_owned(),
        "/approval-policies/deployment".to_owned(),
        "/deployments".to_owned(),
        "/deployments/status".to_owned(),
        "/system/alerts".to_owned(),
        "/timeline".to_owned(),
        "/organizations".to_owned(),
        format!("/organizations/{}", world.tenant),
        format!("/organizations/{}/me", world.tenant),
        "/auth/me".to_owned(),
        "/auth/permissions".to_owned(),
        "/auth/sessions".to_owned(),
        "/permissions".to_owned(),
        "/roles".to_owned(),
        "/commands".to_owned(),
    ];
    let mut tags = Vec::new();
    for path in &paths {
        world.current(path).await;
        tags.push(seen(&world, path).await.headers["etag"].clone());
    }
    world.post("/tasks", json!({ "name": "Of none" })).await;
    for (path, tag) in paths.iter().zip(&tags) {
        assert_eq!(poll(&world, path, tag).await.status, 304, "{path}");
    }
    let change = json!({ "price": "6.00" });
    let (status, body) = world.put(&format!("/products/{lamp}"), change).await;
    assert_eq!(status, 200, "{body}");
    let changed = poll(&world, &paths[0], &tags[0]).await;
    assert_eq!(changed.body[0]["price"], "6.00");
    assert_eq!(poll(&world, &paths[2], &tags[2]).await.status, 304);
}

#[tokio::test]
async fn g07_a_tag_never_hides_one_s_own_write() {
    let world = World::with(QUIET).await;
    for number in 0..20 {
        let before = seen(&world, "/tasks").await;
        let name = format!("Task {number}");
        let (_, task) = world.post("/tasks", json!({ "name": name })).await;
        let after = poll(&world, "/tasks", &before.headers["etag"]).await;
        assert_eq!(after.status, 200, "{task}");
        assert_eq!(after.body["total"], number + 1);
    }
}

#[tokio::test]
async fn g06_a_tag_of_before_a_rebuild_is_not_trusted_after_it() {
    let world = World::with(QUIET).await;
    world.post("/tasks", json!({ "name": "Fix it" })).await;
    world.current("/tasks").await;
    let first = seen(&world, "/tasks").await;
    let tag = &first.headers["etag"];
    assert_eq!(poll(&world, "/tasks", tag).await.status, 304);
    let (rebuilt, report) = world.post("/projections/tasks/rebuild", json!({})).await;
    assert_eq!(rebuilt, 200, "{report}");
    soon(async || poll(&world, "/tasks", tag).await.status == 200).await;
}

#[tokio::test]
async fn any_answer_matches_a_star_and_each_caller_has_answers_of_its_own() {
    let world = World::with(QUIET).await;
    let (_, task) = world.post("/tasks", json!({ "name": "Fix it" })).await;
    let path = format!("/tasks/{}", task["id"].as_str().expect("an id"));
    let star = HeaderValue::from_static("*");
    assert_eq!(poll(&world, &path, &star).await.status, 304);
    let missing = format!("/tasks/{}", uuid::Uuid::now_v7());
    assert_eq!(poll(&world, &missing, &star).await.status, 404);
    let varies = seen(&world, &path).await.headers;
    let mut varies = varies.get_all("vary").iter();
    assert!(varies.any(|value| value == "authorization"));
}

/// What is measured when it is asked for is no read model's: it has no position.
const MEASURED: [&str; 4] = [
    "/api/v1/database/schema",
    "/api/v1/database/status",
    "/api/v1/database/status/detailed",
    "/api/v1/infrastructure/database",
];

/// The documented queries that need a token and name no single thing.
fn queries(document: &Value) -> Vec<String> {
    let paths = document["paths"].as_object().expect("paths").iter();
    let queries = paths.filter(|(path, item)| {
        let guarded = !item["get"]["x-pantheon-needs"].is_null();
        let measured = MEASURED.contains(&path.as_str());
        guarded && !measured && !path.contains('{') && !path.ends_with("/stream")
    });
    queries
        .map(|(path, _)| path.replacen("/api/v1", "", 1))
        .collect()
}

#[tokio::test]
async fn g07_every_query_says_its_position_and_waits_for_one() {
    let world = World::with_bus(QUIET).await;
    let document = reply(world.outside("/openapi.json")).await.body;
    let queries = queries(&document);
    assert!(queries.len() > 12, "{queries:?}");
    for path in queries {
        let now = seen(&world, &path).await;
        for name in ["pantheon-position", "etag"] {
            assert!(now.headers.contains_key(name), "{path}: {name}");
        }
        let later = format!("{path}?min_position=999999&wait=0");
        let (status, body) = problem(world.request(Method::GET, &later)).await;
        let said = (status, code(&body));
        let status = StatusCode::GATEWAY_TIMEOUT.as_u16();
        assert_eq!(said, (status, "projection_behind".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn g07_one_event_and_one_state_wait_for_a_position_too() {
    let world = World::with(QUIET).await;
    let (_, task) = world.post("/tasks", json!({ "name": "Fix it" })).await;
    let id = task["id"].as_str().expect("an id");
    let position = task["position"].as_str().expect("a position");
    for path in [
        format!("/events/{position}"),
        format!("/streams/task/{id}/state"),
    ] {
        world.current(&path).await;
        let later = format!("{path}?min_position=999999&wait=0");
        let (status, body) = problem(world.request(Method::GET, &later)).await;
        assert_eq!((status, code(&body).as_str()), (504, "projection_behind"));
    }
}

/// The answer to a change of something that is as this was read.
async fn change_if(world: &World, how: (Method, &str, Value), read: &Value) -> Reply {
    let sequence = read["sequence"].as_str().expect("a sequence");
    let (method, path, body) = how;
    let request = world.request(method, path).json(&body);
    reply(request.header("if-match", format!("\"{sequence}\""))).await
}

#[tokio::test]
async fn what_was_read_can_be_named_in_if_match() {
    let world = World::with(QUIET).await;
    let (_, task) = world.post("/tasks", json!({ "name": "Fix it" })).await;
    world.agent("ours-1", "codegen").await;
    let task = format!("/tasks/{}", task["id"].as_str().expect("an id"));
    for (path, method, changes, body) in [
        (
            &task[..],
            Method::PATCH,
            &task[..],
            json!({ "name": "Mend it" }),
        ),
        (
            "/agents/ours-1",
            Method::POST,
            "/agents/ours-1/configure",
            json!({ "maxConcurrentTasks": 7 }),
        ),
    ] {
        let read = world.current(path).await;
        let how = || (method.clone(), changes, body.clone());
        let changed = change_if(&world, how(), &read).await;
        assert_eq!(changed.status, 200, "{path}: {}", changed.body);
        assert_eq!(change_if(&world, how(), &read).await.status, 412, "{path}");
        let fresh = &changed.body["sequence"];
        assert_eq!(&world.current(path).await["sequence"], fresh, "{path}");
    }
    let rollout = json!({ "environment": "staging", "version": "1.0.0" });
    let (status, asked) = world.post("/deployments", rollout).await;
    assert_eq!(status, 201, "{asked}");
    let path = format!("/deployments/{}", asked["id"].as_str().expect("an id"));
    let cancel = format!("{path}/cancel");
    // Its release follows of itself, and may come between the look and the word.
    soon(async || {
        let read = world.current(&path).await;
        let gone = change_if(&world, (Method::POST, &cancel, json!({})), &read).await;
        gone.status == 200
    })
    .await;
    let late = change_if(&world, (Method::POST, &cancel, json!({})), &asked).await;
    assert_eq!(late.status, 412, "{}", late.body);
}

#[tokio::test]
async fn the_catalogue_names_the_permission_of_each_command() {
    let world = World::new().await;
    let (_, catalogue) = world.get("/commands").await;
    let items = catalogue["items"].as_array().expect("items");
    let of = |aggregate: &str, command: &str| {
        let found = items
            .iter()
            .find(|item| item["aggregate"] == aggregate && item["command"] == command);
        found.expect("listed")["permission"].clone()
    };
    assert_eq!(of("task", "create_task"), "tasks.create");
    assert_eq!(of("agent", "record_heartbeat"), Value::Null);
}
