//! Imports: commands, line by line, under the caller's own permissions.

use pantheon::auth::Role;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{World, refused, reply};

fn import(world: &World, query: &str, lines: &[String]) -> RequestBuilder {
    let request = world.request(Method::POST, &format!("/database/import{query}"));
    let request = request.header("content-type", "application/x-ndjson");
    request.body(lines.join("\n"))
}

fn line(command_id: Uuid, id: Uuid, name: &str) -> String {
    json!({ "command_id": command_id, "aggregate": "task", "command": "create_task", "id": id,
        "data": { "name": name } })
    .to_string()
}

fn told(body: &Value) -> Vec<(i64, String, Option<String>)> {
    let lines = body["lines"].as_array().expect("lines").iter();
    lines
        .map(|line| {
            let text = |name: &str| line[name].as_str().map(str::to_owned);
            (
                line["line"].as_i64().expect("a number"),
                text("status").expect("a word"),
                text("code"),
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_are_brought_in_line_by_line_once_and_a_dry_run_changes_nothing() {
    let world = World::new().await;
    let ids: Vec<Uuid> = (0..4).map(|_| Uuid::now_v7()).collect();
    let lines = vec![
        line(ids[0], ids[1], "brought in"),
        String::new(),
        line(ids[2], ids[3], ""),
        "{ not json".to_owned(),
        json!({ "command_id": Uuid::now_v7(), "aggregate": "agent", "command": "record_heartbeat",
            "id": "codegen", "data": {} })
        .to_string(),
        json!({ "command_id": Uuid::now_v7(), "aggregate": "task", "command": "no_such", "id": ids[1], "data": {} })
            .to_string(),
    ];
    let dry = reply(import(&world, "?dry_run=true", &lines)).await;
    assert_eq!(dry.status, 200, "{}", dry.body);
    let code = |code: &str| Some(code.to_owned());
    let rejected = "rejected".to_owned();
    let rest = [
        (3, rejected.clone(), code("validation_failed")),
        (4, rejected.clone(), code("malformed_request")),
        (5, rejected.clone(), code("forbidden")),
        (6, rejected, code("not_found")),
    ];
    assert_eq!(told(&dry.body)[0], (1, "accepted".to_owned(), None));
    assert_eq!(told(&dry.body)[1..], rest);
    for (stream, id) in [("task", ids[1]), ("database", world.tenant.as_uuid())] {
        let events = world.events(stream, &id.to_string()).await;
        assert_eq!(events, [], "nothing was changed");
    }

    let done = reply(import(&world, "", &lines)).await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert_eq!(told(&done.body)[1..], rest);
    let counts =
        |body: &Value| ["accepted", "duplicate", "rejected"].map(|name| body[name].as_i64());
    assert_eq!(counts(&done.body), [Some(1), Some(0), Some(4)]);
    let task = world.current(&format!("/tasks/{}", ids[1])).await;
    assert_eq!(task["name"], "brought in");
    let again = reply(import(&world, "", &lines)).await;
    assert_eq!(
        counts(&again.body),
        [Some(0), Some(1), Some(4)],
        "{}",
        again.body
    );
    let events = world.events("database", &world.tenant.to_string()).await;
    assert_eq!(events.len(), 2);
    assert_eq!(
        events[0],
        (
            "database_import_recorded".to_owned(),
            json!({ "user_id": crate::world::ADMIN, "accepted": 1, "duplicate": 0, "rejected": 4 })
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_has_its_limits_and_needs_its_permission() {
    let world = World::new().await;
    let lines: Vec<String> = (0..10_001).map(|_| "{}".to_owned()).collect();
    refused(import(&world, "", &lines), 422, "validation_failed").await;
    let json = world
        .request(Method::POST, "/database/import")
        .json(&json!({}));
    refused(json, 415, "unsupported_media_type").await;
    let viewer = world.request_as(
        &world.role(Role::Developer),
        Method::POST,
        "/database/import",
    );
    let viewer = viewer
        .header("content-type", "application/x-ndjson")
        .body("");
    refused(viewer, 403, "forbidden").await;
    world.elsewhere().await;
    let off = world.request_as(&world.stranger(), Method::POST, "/database/import");
    let off = off.header("content-type", "application/x-ndjson").body("");
    refused(off, 422, "feature_disabled").await;
}
