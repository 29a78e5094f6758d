//! Exports: a job, a file for a day, of one tenant.

use std::collections::BTreeSet;

use pantheon::auth::Role;
use pantheon_harness::soon;
use reqwest::Method;
use serde_json::{Value, json};

use super::words::CANARY;
use crate::world::{World, bytes, refused};

async fn export(world: &World, body: Value) -> String {
    let (status, made) = world.post("/database/export", body).await;
    assert_eq!(
        (status.as_u16(), &made["status"]),
        (202, &json!("pending")),
        "{made}"
    );
    made["id"].as_str().expect("an id").to_owned()
}

/// Waits until an export has this status.
async fn becomes(world: &World, id: &str, wanted: &str) -> Value {
    soon(async || {
        let (_, export) = world.get(&format!("/database/exports/{id}")).await;
        match export["status"] == wanted {
            true => Ok(export),
            false => Err(export.to_string()),
        }
    })
    .await
}

async fn file(world: &World, id: &str) -> (u16, String) {
    let path = format!("/database/exports/{id}/download");
    let (status, file) = bytes(world.request(Method::GET, &path)).await;
    (status, String::from_utf8(file).expect("UTF-8"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_made_fetched_and_gone_after_a_day() {
    let mut world = World::new().await;
    world.elsewhere().await;
    for name in ["one", "two, \"quoted\"\nand broken"] {
        world.task_named(&world.admin, name).await;
    }
    world.task_named(&world.stranger(), CANARY).await;
    world.settled().await;
    let id = export(&world, json!({ "tables": ["tasks"], "format": "ndjson" })).await;
    let made = becomes(&world, &id, "completed").await;
    assert_eq!(
        (&made["rows"], &made["tables"]),
        (&json!(2), &json!(["tasks"]))
    );
    let (status, text) = file(&world, &id).await;
    assert_eq!((status, json!(text.len())), (200, made["bytes"].clone()));
    let names: BTreeSet<String> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .map(|line| {
            assert_eq!(line["table"], "tasks");
            line["row"]["name"].as_str().expect("a name").to_owned()
        })
        .collect();
    assert_eq!(names.len(), 2);

    // All tables, as CSV.
    let all = export(&world, json!({ "format": "csv" })).await;
    let made = becomes(&world, &all, "completed").await;
    let (_, csv) = file(&world, &all).await;
    assert!(
        csv.contains("table,id,user_id,name")
            && csv.contains("\"two, \"\"quoted\"\"\nand broken\""),
        "{csv}"
    );
    assert!(
        made["rows"].as_i64().is_some_and(|rows| rows > 20),
        "the agents too: {made}"
    );
    for text in [&text, &csv] {
        assert!(!text.contains(CANARY), "{text}");
    }
    let listed = world.current("/database/exports").await;
    let ids: Vec<_> = listed["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["id"].clone())
        .collect();
    assert_eq!(ids, [json!(all), json!(id)]);

    // A day later it is gone, and nobody else ever had it.
    let foreign = world.request_as(
        &world.stranger(),
        Method::GET,
        &format!("/database/exports/{id}"),
    );
    refused(foreign, 404, "not_found").await;
    world.time.pass(24 * 3600 + 1);
    // The operator's token is as old.
    world.admin = world.role(Role::Admin);
    let gone = world.request(Method::GET, &format!("/database/exports/{id}/download"));
    refused(gone, 404, "not_found").await;
    becomes(&world, &id, "expired").await;
    becomes(&world, &all, "expired").await;
    let pool = world.node.app().log.pool();
    let left: i64 = sqlx::query_scalar("select count(*) from export_files")
        .fetch_one(pool)
        .await
        .expect("a count");
    assert_eq!(left, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_is_under_way_is_asked_for_once_and_only_by_those_who_may() {
    let world = World::new().await;
    world.elsewhere().await;
    let body = json!({ "tables": ["nothing"], "format": "csv" });
    let request = |token: &str, body: &Value| {
        let request = world.request_as(token, Method::POST, "/database/export");
        request.json(body)
    };
    refused(request(&world.admin, &body), 422, "validation_failed").await;
    let body = json!({ "tables": ["tasks"], "format": "csv" });
    refused(request(&world.stranger(), &body), 422, "feature_disabled").await;
    refused(request(&world.role(Role::Viewer), &body), 403, "forbidden").await;
    let first = export(&world, body.clone()).await;
    let again = export(&world, body).await;
    // It is another one only if the first was made in between.
    let (_, made) = world.get(&format!("/database/exports/{first}")).await;
    assert!(again == first || made["status"] == "completed", "{made}");
    // Off, and nothing to see.
    let path = "/database/exports";
    let (status, body) =
        crate::world::answer(world.request_as(&world.stranger(), Method::GET, path)).await;
    assert_eq!(
        (status.as_u16(), &body["items"]),
        (200, &json!([])),
        "{body}"
    );
}
