//! Every field of a task and every filter of the list (CON-16, CON-17, CON-24).

use pantheon::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{World, answer};

#[tokio::test]
async fn a_task_has_every_field_that_it_was_made_with() {
    let world = World::new().await;
    let (repository, first) = (Uuid::now_v7(), world.named("first").await);
    let (status, made) = world
        .post(
            "/tasks",
            json!({
                "name": "  fix it  ", "description": "all of it", "priority": "P0",
                "agent_type": "codegen-agent", "required_capability": "fix.apply",
                "task_type": "BUG", "repository_id": repository, "issue_number": 7,
                "estimated_minutes": 30, "max_retries": 5, "timeout_seconds": 60,
                "depends_on": [first], "metadata": { "labels": ["a"] },
            }),
        )
        .await;
    assert_eq!(status, 201, "{made}");
    let id = made["id"].as_str().expect("an id");
    let shown = world.now(id).await;
    let time = &shown["created_at"];
    assert!(time.is_string(), "{shown}");
    assert_eq!(
        shown,
        json!({
            "id": id, "user_id": crate::world::ADMIN, "name": "fix it",
            "description": "all of it", "status": "pending", "priority": "P0",
            "agent_type": "codegen", "required_capability": "fix.apply", "task_type": "bug",
            "repository_id": repository, "issue_number": 7, "estimated_minutes": 30,
            "progress": 0, "retry_count": 0, "max_retries": 5, "timeout_seconds": 60,
            "metadata": { "labels": ["a"] }, "created_at": time, "updated_at": time,
            "sequence": "1",
        }),
        "and what is not known is left out"
    );
}

#[tokio::test]
async fn a_patch_changes_the_given_fields_and_replaces_the_metadata() {
    let world = World::new().await;
    let task = world
        .task(json!({ "name": "a", "description": "b", "metadata": { "x": 1, "y": 2 } }))
        .await;
    let change = json!({
        "name": "c", "description": "d", "priority": "P1", "metadata": { "z": 3 },
        "estimated_minutes": 0, "max_retries": 0, "timeout_seconds": 86_400,
    });
    let before = world.now(&task).await;
    let (status, _) = world.patch(&format!("/tasks/{task}"), change.clone()).await;
    assert_eq!(status, 200);
    let mut expected = before.clone();
    let shown = world.now(&task).await;
    for (field, value) in change.as_object().expect("fields") {
        expected[field] = value.clone();
    }
    expected["updated_at"] = shown["updated_at"].clone();
    expected["sequence"] = json!("2");
    assert_eq!(shown, expected);
    assert_ne!(shown["updated_at"], before["updated_at"]);
}

#[tokio::test]
async fn every_filter_narrows_the_list_its_total_and_the_statistics() {
    let world = World::new().await;
    let (repository, plan) = (Uuid::now_v7(), Uuid::now_v7());
    let odd = world
        .task(json!({
            "name": "the odd one", "description": "100% strange", "priority": "P0",
            "agent_type": "review", "repository_id": repository, "issue_number": 7,
        }))
        .await;
    let holder = json!({ "assigned_to": "review" });
    world.done(&odd, "start", holder).await;
    let of_plan = Uuid::now_v7().to_string();
    let data = json!({ "name": "of a plan", "plan_id": plan }).to_string();
    let by = world.itself();
    let commands = &world.node.app().commands;
    let made = commands.execute("task", "create_task", &of_plan, data.as_bytes(), by);
    made.await.expect("the task is made");
    let bob = world.person("bob", Role::Developer);
    let request = world.request_as(&bob, Method::POST, "/tasks");
    let (_, bobs) = answer(request.json(&json!({ "name": "of Bob" }))).await;
    let bobs = bobs["id"].as_str().expect("an id").to_owned();
    world.named("plain").await;
    for (filter, wanted) in [
        ("status=running".to_owned(), &odd),
        ("priority=P0".to_owned(), &odd),
        (format!("repository_id={repository}"), &odd),
        ("agent_type=ReviewAgent".to_owned(), &odd),
        ("issue_number=7".to_owned(), &odd),
        ("assigned_to=review-agent".to_owned(), &odd),
        ("search=100%25".to_owned(), &odd),
        ("search=ODD".to_owned(), &odd),
        (format!("plan_id={plan}"), &of_plan),
        ("search=plan&status=pending".to_owned(), &of_plan),
    ] {
        let list = world.current(&format!("/tasks?{filter}")).await;
        assert_eq!(
            (ids(&list), &list["total"]),
            (vec![wanted.clone()], &json!(1)),
            "{filter}"
        );
        let stats = world.current(&format!("/tasks/stats?{filter}")).await;
        let state = list["tasks"][0]["status"].as_str().expect("a status");
        assert_eq!(
            (&stats["total"], &stats[state]),
            (&json!(1), &json!(1)),
            "{filter}: {stats}"
        );
    }
    let request = world.request_as(&bob, Method::GET, "/tasks?mine=true");
    let (_, list) = answer(request).await;
    assert_eq!(ids(&list), [bobs]);
    let none = world.current("/tasks?status=failed").await;
    assert_eq!((ids(&none), &none["total"]), (vec![], &json!(0)));
}

#[tokio::test]
async fn the_statistics_count_every_status() {
    let world = World::new().await;
    let mut tasks = Vec::new();
    for n in 0..5 {
        let body = json!({ "name": format!("task {n}"), "max_retries": 0 });
        tasks.push(world.task(body).await);
    }
    for task in &tasks[1..4] {
        world.done(task, "start", json!({})).await;
    }
    world.done(&tasks[2], "complete", json!({})).await;
    world.done(&tasks[3], "fail", json!({})).await;
    world.done(&tasks[4], "cancel", json!({})).await;
    assert_eq!(
        world.current("/tasks/stats").await,
        json!({
            "total": 5, "pending": 1, "running": 1, "completed": 1, "failed": 1, "cancelled": 1,
        })
    );
}

fn ids(list: &Value) -> Vec<String> {
    let tasks = list["tasks"].as_array().expect("tasks").iter();
    tasks
        .map(|task| task["id"].as_str().expect("an id").to_owned())
        .collect()
}
