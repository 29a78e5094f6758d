//! The table of refusals in the HTTP contract: each code from its cause, in the one body.

use std::time::Duration;

use pantheon::auth::Role;
use pantheon_events::tasks::UpdateTask;
use pantheon_events::{Actor, CommandContext};
use pantheon_harness::{Fault, eventually, soon};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use crate::world::{ADMIN, World, problem, reply};

/// The refusal of a request: status and code.
async fn refused(request: RequestBuilder) -> (u16, String) {
    let (status, body) = problem(request).await;
    (status, crate::world::code(&body))
}

fn pair(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

async fn made(world: &World) -> String {
    let (status, task) = world.post("/tasks", json!({ "name": "a" })).await;
    assert_eq!(status, 201, "{task}");
    task["id"].as_str().expect("an id").to_owned()
}

/// Whether the answer says when a repeat may help.
async fn says_when(request: RequestBuilder) -> bool {
    reply(request).await.headers.contains_key("retry-after")
}

#[tokio::test]
async fn malformed_request_is_what_cannot_be_read() {
    let world = World::new().await;
    let request = world.request(Method::POST, "/tasks");
    let (status, body) = problem(request.json(&json!({ "name": 7 }))).await;
    assert_eq!((status, &body["code"]), (400, &json!("malformed_request")));
    assert_eq!(body["errors"][0]["field"], "name");
}

#[tokio::test]
async fn invalid_cursor_is_one_of_another_list_or_of_none() {
    let world = World::new().await;
    for list in [
        "tasks",
        "products",
        "orders",
        "approvals",
        "deployments",
        "events",
    ] {
        for cursor in ["x", "eyJ2IjoxLCJrIjp7fX0", "eyJ2IjoxLCJrIjoiXHUwMDAwIn0"] {
            let path = format!("/{list}?cursor={cursor}");
            let got = refused(world.request(Method::GET, &path)).await;
            assert_eq!(got, pair(400, "invalid_cursor"), "{path}");
        }
    }
}

#[tokio::test]
async fn unauthenticated_is_no_token_or_a_bad_one() {
    let world = World::new().await;
    for token in ["", "forged"] {
        let request = world.request_as(token, Method::GET, "/tasks");
        let reply = reply(request).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.body["code"]),
            (401, &json!("unauthenticated"))
        );
        assert_eq!(reply.headers["www-authenticate"], "Bearer");
    }
}

#[tokio::test]
async fn forbidden_is_a_role_that_is_too_low() {
    let world = World::new().await;
    let viewer = world.role(Role::Viewer);
    let request = world.request_as(&viewer, Method::POST, "/tasks");
    let got = refused(request.json(&json!({ "name": "a" }))).await;
    assert_eq!(got, pair(403, "forbidden"));
}

#[tokio::test]
async fn not_found_has_the_same_bytes_for_what_is_missing_and_what_is_foreign() {
    let world = World::new().await;
    let (own, stranger) = (made(&world).await, world.stranger());
    let mut bodies = Vec::new();
    for (token, id) in [(&stranger, own), (&world.admin, Uuid::now_v7().to_string())] {
        let request = world.request_as(token, Method::GET, &format!("/tasks/{id}"));
        let mut reply = reply(request.header("x-request-id", "same")).await;
        assert_eq!(reply.status, 404);
        bodies.push(reply.body.take());
    }
    assert_eq!(bodies[0]["code"], "not_found");
    assert_eq!(bodies[0], bodies[1]);
}

/// Another node appends to the stream without a pause.
#[tokio::test(flavor = "multi_thread")]
async fn sequence_conflict_is_a_stream_that_kept_changing() {
    let world = World::new().await;
    let other = world.beside().await;
    let id = made(&world).await;
    let busy = (0..16).map(|_| tokio::spawn(keep_changing(&other, &id)));
    let busy: Vec<_> = busy.map(AbortOnDropHandle::new).collect();
    let path = format!("/tasks/{id}");
    eventually(Duration::from_secs(60), async || {
        let changes = (0..4).map(|_| {
            let name = json!({ "name": Uuid::now_v7() });
            reply(world.request(Method::PATCH, &path).json(&name))
        });
        let replies = futures_util::future::join_all(changes).await;
        let conflict = replies.into_iter().find(|reply| reply.status == 409);
        conflict.map(|reply| assert_eq!(reply.body["code"], "sequence_conflict"))
    })
    .await;
    drop(busy);
}

/// Changes a task's name again and again.
fn keep_changing(world: &World, id: &str) -> impl Future<Output = ()> + use<> {
    let (tasks, tenant) = (world.node.app().commands.tasks.clone(), world.tenant);
    let id = id.to_owned();
    async move {
        loop {
            let name = json!({ "name": Uuid::now_v7() });
            let change: UpdateTask = serde_json::from_value(name).expect("a change");
            let by = CommandContext::new(tenant, Actor::human(ADMIN), None);
            // Its own conflicts are no concern here.
            let _ = tasks.dispatch(&id, change, by).await;
        }
    }
}

#[tokio::test]
async fn already_exists_is_a_name_that_is_taken() {
    let world = World::new().await;
    let agent = json!({ "id": "mine", "type": "codegen" });
    assert_eq!(world.post("/agents", agent.clone()).await.0, 201);
    let again = world.request(Method::POST, "/agents").json(&agent);
    assert_eq!(refused(again).await, pair(409, "already_exists"));
}

#[tokio::test]
async fn sequence_mismatch_is_a_resource_that_has_changed() {
    let world = World::new().await;
    let path = format!("/tasks/{}", made(&world).await);
    for tag in ["\"7\"", "\"0\"", "\"9223372036854775807\""] {
        let request = world.request(Method::PATCH, &path).header("if-match", tag);
        let got = refused(request.json(&json!({ "name": "b" }))).await;
        assert_eq!(got, pair(412, "sequence_mismatch"), "{tag}");
    }
}

#[tokio::test]
async fn body_too_large_is_more_than_a_mebibyte() {
    let world = World::new().await;
    let request = world.request(Method::POST, "/tasks");
    let request = request.header("content-type", "application/json");
    let got = refused(request.body(" ".repeat(1024 * 1024 + 1))).await;
    assert_eq!(got, pair(413, "body_too_large"));
}

#[tokio::test]
async fn unsupported_media_type_is_anything_but_json() {
    let world = World::new().await;
    let request = world.request(Method::POST, "/tasks").body("name=a");
    assert_eq!(refused(request).await, pair(415, "unsupported_media_type"));
}

#[tokio::test]
async fn validation_failed_names_the_fields_at_fault() {
    let world = World::new().await;
    let task = json!({ "name": " ", "max_retries": 21 });
    let request = world.request(Method::POST, "/tasks").json(&task);
    let (status, body) = problem(request).await;
    assert_eq!((status, &body["code"]), (422, &json!("validation_failed")));
    let fields = body["errors"].as_array().expect("errors").iter();
    let mut fields: Vec<_> = fields.filter_map(|error| error["field"].as_str()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["max_retries", "name"]);
}

#[tokio::test]
async fn a_rule_that_says_no_is_the_code() {
    let world = World::new().await;
    let path = format!("/tasks/{}/retry", made(&world).await);
    let (status, body) = problem(world.request(Method::POST, &path)).await;
    assert_eq!(status, 422, "{body}");
    assert!(
        !["validation_failed", "rule_violated"].contains(&body["code"].as_str().expect("text"))
    );
}

#[tokio::test]
async fn command_mismatch_is_a_command_id_that_was_used_for_another_body() {
    let world = World::new().await;
    let id = Uuid::now_v7().to_string();
    let send = |name: &str| {
        let request = world.request(Method::POST, "/tasks");
        request
            .header("idempotency-key", &id)
            .json(&json!({ "name": name }))
    };
    assert_eq!(reply(send("a")).await.status, 201);
    assert_eq!(refused(send("b")).await, pair(422, "command_mismatch"));
}

#[tokio::test]
async fn rate_limited_says_when_to_come_back() {
    let settings = [
        ("PANTHEON_LIMITS_REQUESTS_PER_MINUTE", "1"),
        ("PANTHEON_LIMITS_BURST", "1"),
    ];
    let world = World::with(&settings).await;
    let ask = || world.request(Method::GET, "/tasks");
    assert_eq!(reply(ask()).await.status, 200);
    assert_eq!(refused(ask()).await, pair(429, "rate_limited"));
    assert!(says_when(ask()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn overloaded_is_a_full_write_queue() {
    let (world, proxy) = World::behind_proxy(&[("PANTHEON_LIMITS_QUEUE", "2")]).await;
    made(&world).await;
    proxy.set(Fault::Stall);
    eventually(Duration::from_secs(60), async || {
        let create = || {
            world
                .request(Method::POST, "/tasks")
                .json(&json!({ "name": "b" }))
        };
        let replies = futures_util::future::join_all((0..12).map(|_| reply(create()))).await;
        let full = replies
            .into_iter()
            .find(|reply| reply.body["code"] == "overloaded");
        full.map(|reply| {
            assert_eq!(reply.status, 503);
            assert!(reply.headers.contains_key("retry-after"));
        })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn database_unavailable_is_a_database_that_is_gone() {
    let (world, proxy) = World::behind_proxy(&[]).await;
    let path = format!("/tasks/{}", made(&world).await);
    proxy.set(Fault::Refuse);
    proxy.cut();
    let create = || {
        world
            .request(Method::POST, "/tasks")
            .json(&json!({ "name": "a" }))
    };
    let gone = pair(503, "database_unavailable");
    assert_eq!(refused(create()).await, gone);
    assert_eq!(refused(world.request(Method::GET, &path)).await, gone);
    assert!(says_when(world.request(Method::GET, &path)).await);
    proxy.heal();
    soon(async || reply(create()).await.status == 201).await;
}

/// A node whose log has moved to another lineage writes no more; another node does.
#[tokio::test]
async fn shutting_down_is_a_node_that_takes_no_more_commands() {
    let world = World::new().await;
    made(&world).await;
    let pool = world.database.pool(1).await.expect("a pool");
    let opened = sqlx::query("select open_epoch('restored')")
        .execute(&pool)
        .await;
    opened.expect("a new lineage");
    let create = || {
        world
            .request(Method::POST, "/tasks")
            .json(&json!({ "name": "b" }))
    };
    assert_eq!(refused(create()).await, pair(503, "shutting_down"));
    assert!(says_when(create()).await);
}

#[tokio::test]
async fn projection_behind_says_where_the_read_model_is() {
    let world = World::new().await;
    let path = "/tasks?min_position=9000000&wait=0.1";
    let (status, body) = problem(world.request(Method::GET, path)).await;
    assert_eq!((status, &body["code"]), (504, &json!("projection_behind")));
    let at: i64 = body["position"]
        .as_str()
        .expect("a position")
        .parse()
        .expect("a number");
    assert!(at < 9_000_000);
}

#[tokio::test]
async fn an_expired_token_is_told_apart_on_sockets_only() {
    // On HTTP every bad token gets the same bytes (S01); a socket that was open says why it ends.
    let node = crate::live::node::Node::start().await;
    let mut client = crate::live::ws::Client::ready(&node).await;
    node.pass(700);
    let frame = loop {
        let frame = client.frame().await;
        if frame["type"] == "error" {
            break frame;
        }
    };
    assert_eq!(
        (&frame["problem"]["status"], &frame["problem"]["code"]),
        (&json!(401), &json!("token_expired"))
    );
    assert_eq!(client.closed().await, 4001);
}

#[tokio::test]
async fn the_same_body_comes_as_problem_json_to_those_who_ask_for_it() {
    let world = World::new().await;
    let request = world.request(Method::GET, "/tasks/none");
    let request = request.header("accept", "application/problem+json");
    let response = request
        .timeout(Duration::from_secs(10))
        .send()
        .await
        .expect("an answer");
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    let body: Value = response.json().await.expect("JSON");
    assert_eq!(body["code"], "not_found");
}
