//! `/readyz`, `/metrics` and the operators' pages: every part that can fail is named, without the
//! words of the database.

use pantheon_harness::soon;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{Reply, World, reply};

async fn ready(world: &World) -> Reply {
    reply(world.outside("/readyz?verbose")).await
}

fn part(ready: &Value, name: &str) -> Value {
    let checks = ready["checks"].as_array().expect("checks");
    let found = checks.iter().find(|check| check["name"] == name);
    found.unwrap_or_else(|| panic!("{name}: {ready}")).clone()
}

/// A task whose name Postgres cannot keep: its stream is parked where tasks are read from.
async fn unkeepable_task(world: &World) -> Uuid {
    let id = Uuid::now_v7();
    let payload = r#"{"name": "a\u0000b", "priority": "P1", "max_retries": 3,
        "timeout_seconds": 60, "metadata": {}, "created_by": "0198c7a0-0000-7000-8000-000000000001"}"#;
    let stream = ("task", id.to_string());
    world
        .raw((stream.0, &stream.1), "task_created", payload)
        .await;
    soon(async || {
        let (_, tasks) = world.get("/projections/tasks").await;
        tasks["parked"] == 1
    })
    .await;
    id
}

#[tokio::test]
async fn every_part_is_named_and_a_schema_of_another_build_is_not_ready() {
    let world = World::new().await;
    soon(async || ready(&world).await.status == 200).await;
    let well = ready(&world).await.body;
    for name in ["database", "migrations", "integrity"] {
        assert_eq!(part(&well, name)["ok"], true, "{well}");
    }

    let pool = world.database.pool(1).await.expect("a pool");
    let newer = "insert into _sqlx_migrations
        (version, description, installed_on, success, checksum, execution_time)
        values (99999999, 'of tomorrow', now(), true, '\\x00', 1)";
    sqlx::raw_sql(newer).execute(&pool).await.expect("a row");
    soon(async || ready(&world).await.status == 503).await;
    let ahead = ready(&world).await;
    assert_eq!(ahead.body["failing"], json!(["migrations"]));
    assert_eq!(ahead.headers["retry-after"], "1");
}

#[tokio::test]
async fn g10_a_parked_stream_is_seen_in_readiness_without_the_database_s_words() {
    let world = World::new().await;
    let task = unkeepable_task(&world).await;
    soon(async || {
        ready(&world).await.body["checks"]
            .to_string()
            .contains("parked")
    })
    .await;
    let check = part(&ready(&world).await.body, "projection:tasks");
    assert_eq!(check["ok"], true, "the others go on: {check}");
    assert_eq!(check["parked_streams"], 1);
    let said = check["message"].as_str().expect("a message");
    assert!(said.contains("SQLSTATE 22P05"), "{said}");

    let (_, model) = world.get("/projections/tasks").await;
    let parked = &model["parked_streams"][0];
    assert_eq!(parked["aggregate_id"], task.to_string());
    assert!(parked["position"].is_string(), "{parked}");
    for told in [said, parked["error"].as_str().expect("an error")] {
        assert!(!told.contains("escape sequence"), "{told}");
    }
}

#[tokio::test]
async fn an_alarm_can_be_set_on_a_counter_that_was_never_touched() {
    let world = World::new().await;
    let text = world.outside("/metrics").send().await.expect("an answer");
    let text = text.text().await.expect("text");
    for name in [
        "pantheon_integrity_violations_total",
        "pantheon_append_overloaded_total",
        "pantheon_connections_refused_total",
    ] {
        let line = text.lines().find(|line| line.starts_with(name));
        assert_eq!(line, Some(format!("{name} 0").as_str()), "{text}");
    }
}

#[tokio::test]
async fn an_operation_that_the_database_refuses_is_a_503_in_our_own_words() {
    let world = World::new().await;
    let pool = world.database.pool(1).await.expect("a pool");
    let taken = "create schema rebuild_tasks; create table rebuild_tasks.x (i int);
        create view public.of_x as select * from rebuild_tasks.x;
        alter table projection_rebuilds rename to projection_rebuilds_elsewhere;";
    sqlx::raw_sql(taken).execute(&pool).await.expect("a change");
    let refused = reply(world.request(Method::POST, "/projections/tasks/verify")).await;
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert_eq!(refused.body["code"], "database_unavailable");
    let said = refused.body["detail"].as_str().expect("a detail");
    assert!(!said.contains("projection_rebuilds"), "{said}");
}
