//! What the endpoints answer (CON-16, CON-17, CON-18, CON-24).

use pantheon_events::CommandId;
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, answer, code};

#[tokio::test]
async fn a_single_task_is_at_top_level_and_under_task() {
    let world = World::new().await;
    let (status, made) = world
        .post("/tasks", json!({ "name": " fix it ", "priority": "P1" }))
        .await;
    assert_eq!(status, 201);
    assert_eq!(made["name"], "fix it");
    assert_eq!(made["task"]["id"], made["id"]);
    assert!(made["position"].is_string() && made["command_id"].is_string());
    assert!(
        made.get("description").is_none(),
        "what is unknown is left out"
    );
    let (status, read) = world
        .get(&format!("/tasks/{}", made["id"].as_str().expect("id")))
        .await;
    assert_eq!(status, 200);
    assert_eq!(read["task"], made["task"]);
    let expected = json!({ "status": "pending", "priority": "P1", "progress": 0, "retry_count": 0,
        "max_retries": 3, "timeout_seconds": 3600, "metadata": {} });
    for (field, value) in expected.as_object().expect("fields") {
        assert_eq!(&read[field], value, "{field}");
    }
}

#[tokio::test]
async fn a_repeated_command_makes_one_task() {
    let world = World::new().await;
    let key = CommandId::generate().to_string();
    let make = || {
        let request = world
            .request(Method::POST, "/tasks")
            .header("idempotency-key", &key);
        request.json(&json!({ "name": "once" }))
    };
    let (first, again) = (answer(make()).await, answer(make()).await);
    assert_eq!(
        (first.0, again.0),
        (
            201.try_into().expect("status"),
            201.try_into().expect("status")
        )
    );
    assert_eq!(first.1["id"], again.1["id"]);
    let other = world
        .request(Method::POST, "/tasks")
        .header("idempotency-key", &key);
    let (status, problem) = answer(other.json(&json!({ "name": "twice" }))).await;
    assert_eq!(
        (status.as_u16(), code(&problem).as_str()),
        (422, "command_mismatch")
    );
}

#[tokio::test]
async fn the_list_is_by_priority_then_newest_with_exact_totals_and_pages() {
    let world = World::new().await;
    for (name, priority) in [
        ("a", "P2"),
        ("b", "P0"),
        ("c", "P2"),
        ("d", "P1"),
        ("e", "P0"),
    ] {
        world
            .task(json!({ "name": name, "priority": priority }))
            .await;
    }
    let (_, list) = world.get("/tasks?limit=2").await;
    assert_eq!(names(&list), ["e", "b"]);
    assert_eq!(
        (&list["total"], &list["page"], &list["limit"]),
        (&json!(5), &json!(1), &json!(2))
    );
    let cursor = list["next_cursor"].as_str().expect("a cursor").to_owned();
    let (_, second) = world.get(&format!("/tasks?limit=2&cursor={cursor}")).await;
    assert_eq!(names(&second), ["d", "c"]);
    let (_, third) = world.get("/tasks?limit=2&page=3").await;
    assert_eq!(names(&third), ["a"]);
    assert_eq!(third["next_cursor"], Value::Null);
    let (_, urgent) = world.get("/tasks?priority=P0&search=E").await;
    assert_eq!(
        (names(&urgent), &urgent["total"]),
        (vec!["e".to_owned()], &json!(1))
    );
    let (_, mine) = world.get("/tasks?mine=true").await;
    assert_eq!(mine["total"], 5);
}

#[tokio::test]
async fn bad_list_parameters_are_named() {
    let world = World::new().await;
    for (query, wanted) in [
        ("page=101&limit=100", "malformed_request"),
        ("limit=201", "malformed_request"),
        ("page=0", "malformed_request"),
        ("status=asleep", "malformed_request"),
        ("colour=red", "malformed_request"),
        ("cursor=nonsense", "invalid_cursor"),
    ] {
        let (status, problem) = world.get(&format!("/tasks?{query}")).await;
        assert_eq!(
            (status.as_u16(), code(&problem).as_str()),
            (400, wanted),
            "{query}"
        );
    }
}

#[tokio::test]
async fn bad_bodies_are_refused_and_change_nothing() {
    let world = World::new().await;
    for (body, status) in [
        (json!({}), 422),
        (json!({ "name": 7 }), 400),
        (json!({ "name": "x", "colour": "red" }), 400),
        (json!({ "name": "x", "priority": "P9" }), 400),
        (json!({ "name": "a\u{0}b" }), 400),
        (json!({ "name": "  " }), 422),
        (json!({ "name": "x".repeat(256) }), 422),
        (json!({ "name": "x", "timeout_seconds": 0 }), 422),
        (json!({ "name": "x", "max_retries": 21 }), 422),
        (json!({ "name": "x", "issue_number": 0 }), 422),
        (json!({ "name": "x", "agent_type": "magic" }), 422),
        (
            json!({ "name": "x", "metadata": { "text": "y".repeat(17_000) } }),
            422,
        ),
    ] {
        let (got, problem) = world.post("/tasks", body.clone()).await;
        assert_eq!(got.as_u16(), status, "{body}: {problem}");
        assert_eq!(problem["message"], problem["detail"]);
    }
    assert_eq!(world.get("/tasks").await.1["total"], 0);
}

#[tokio::test]
async fn a_task_goes_its_way() {
    let world = World::new().await;
    let task = world
        .task(json!({ "name": "way", "agent_type": "CodeGenAgent" }))
        .await;
    assert_eq!(world.now(&task).await["agent_type"], "codegen");
    let started = world
        .done(&task, "start", json!({ "assigned_to": "codegen-agent" }))
        .await;
    assert_eq!(
        (&started["status"], &started["assigned_to"]),
        (&json!("running"), &json!("codegen"))
    );
    let failed = world.done(&task, "fail", json!({ "error": "oh" })).await;
    assert_eq!(
        (&failed["status"], &failed["retry_count"]),
        (&json!("pending"), &json!(1))
    );
    assert!(failed.get("assigned_to").is_none() && failed.get("started_at").is_none());
    world.done(&task, "start", json!({})).await;
    let end = world
        .done(&task, "complete", json!({ "result": { "summary": "ok" } }))
        .await;
    assert_eq!(
        (&end["status"], &end["progress"]),
        (&json!("completed"), &json!(100))
    );
    assert_eq!(end["result"]["summary"], "ok");
    let (_, stats) = world.get("/tasks/stats").await;
    assert_eq!(
        (&stats["total"], &stats["completed"], &stats["pending"]),
        (&json!(1), &json!(1), &json!(0))
    );
}

#[tokio::test]
async fn patch_changes_fields_and_status_by_the_same_table() {
    let world = World::new().await;
    let task = world.named("patch").await;
    let path = format!("/tasks/{task}");
    let change = json!({ "name": "patched", "metadata": { "a": 1 }, "priority": "P0" });
    let (status, changed) = world.patch(&path, change.clone()).await;
    assert_eq!(
        (status.as_u16(), &changed["name"]),
        (200, &json!("patched"))
    );
    let (_, again) = world.patch(&path, change).await;
    assert_eq!(
        again["updated_at"], changed["updated_at"],
        "a repeat appends nothing"
    );
    assert_eq!(
        world.patch(&path, json!({ "status": "running" })).await.1["status"],
        "running"
    );
    let (status, problem) = world.patch(&path, json!({ "status": "pending" })).await;
    assert_eq!(
        (status.as_u16(), code(&problem).as_str()),
        (422, "invalid_transition")
    );
    assert_eq!(
        world.patch(&path, json!({ "status": "failed" })).await.1["status"],
        "failed"
    );
    assert_eq!(
        world.patch(&path, json!({ "status": "pending" })).await.1["status"],
        "pending"
    );
}

#[tokio::test]
async fn what_a_patch_gives_as_null_is_taken_away() {
    let world = World::new().await;
    let task = json!({ "name": "A", "description": "All of it", "estimated_minutes": 30 });
    let (_, task) = world.post("/tasks", task).await;
    let path = format!("/tasks/{}", task["id"].as_str().expect("an id"));
    let (status, changed) = world.patch(&path, json!({ "description": null })).await;
    assert_eq!(status, 200, "{changed}");
    let left = (&changed["description"], &changed["estimated_minutes"]);
    assert_eq!(left, (&Value::Null, &json!(30)));
    let (_, bare) = world
        .patch(&path, json!({ "estimated_minutes": null }))
        .await;
    assert_eq!(bare.get("estimated_minutes"), None, "{bare}");
    let position = &bare["position"];
    let (_, again) = world
        .patch(&path, json!({ "estimated_minutes": null }))
        .await;
    assert_eq!(&again["position"], position, "a repeat appends nothing");
}

#[tokio::test]
async fn an_assignment_is_given_and_taken_back() {
    let world = World::new().await;
    let task = world.named("assign").await;
    let assigned = world
        .done(&task, "assign", json!({ "assigned_to": "review" }))
        .await;
    assert_eq!(assigned["assigned_to"], "review");
    let back = world
        .done(&task, "assign", json!({ "assigned_to": null }))
        .await;
    assert!(back.get("assigned_to").is_none());
    let path = format!("/tasks/{task}/assign");
    assert_eq!(world.post(&path, json!({})).await.0, 422);
    let (status, problem) = world
        .post(&path, json!({ "assigned_to": "nobody-here" }))
        .await;
    assert_eq!(
        (status.as_u16(), code(&problem).as_str()),
        (422, "validation_failed")
    );
}

#[tokio::test]
async fn a_deleted_task_is_gone_and_deleting_again_is_fine() {
    let world = World::new().await;
    let task = world.named("gone").await;
    let path = format!("/tasks/{task}");
    for _ in 0..2 {
        let (status, body) = world.delete(&path).await;
        assert_eq!(
            (status.as_u16(), &body["message"]),
            (200, &json!("Task deleted"))
        );
    }
    let (status, missing) = world.get(&path).await;
    assert_eq!(
        (status.as_u16(), code(&missing).as_str()),
        (404, "not_found")
    );
    let (status, _) = world.patch(&path, json!({ "name": "back" })).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn a_task_is_shown_as_it_was() {
    let world = World::new().await;
    let (_, made) = world.post("/tasks", json!({ "name": "before" })).await;
    let path = format!("/tasks/{}", made["id"].as_str().expect("an id"));
    world.patch(&path, json!({ "name": "after" })).await;
    let position = made["position"].as_str().expect("a position");
    let (_, then) = world.get(&format!("{path}?as_of={position}")).await;
    assert_eq!(then["name"], "before");
    assert_eq!(world.get(&path).await.1["name"], "after");
    assert_eq!(world.get(&format!("{path}?as_of=0")).await.0, 404);
}

#[tokio::test]
async fn an_unchanged_list_is_304() {
    let world = World::new().await;
    world.named("same").await;
    let first = world
        .request(Method::GET, "/tasks")
        .send()
        .await
        .expect("an answer");
    let tag = first.headers()["etag"].clone();
    let again = world
        .request(Method::GET, "/tasks")
        .header("if-none-match", tag);
    assert_eq!(again.send().await.expect("an answer").status(), 304);
}

fn names(list: &Value) -> Vec<String> {
    let tasks = list["tasks"].as_array().expect("tasks");
    tasks
        .iter()
        .map(|task| task["name"].as_str().expect("a name").to_owned())
        .collect()
}
