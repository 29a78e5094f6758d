//! Dependencies over HTTP (CON-25, CON-26).

use serde_json::json;

use crate::world::{World, code};

async fn wait_for(world: &World, task: &str, on: &str, kind: &str) -> serde_json::Value {
    let body = json!({ "depends_on_task_id": on, "dependency_type": kind });
    let (status, edge) = world
        .post(&format!("/tasks/{task}/dependencies"), body)
        .await;
    assert_eq!(status, 201, "{edge}");
    edge
}

#[tokio::test]
async fn a_dependency_is_listed_and_removed_by_either_id_and_again() {
    let world = World::new().await;
    let (task, on) = (world.named("waits").await, world.named("first").await);
    let path = format!("/tasks/{task}/dependencies");
    let edge = wait_for(&world, &task, &on, "finish_to_start").await;
    assert_eq!(
        (&edge["task_id"], &edge["depends_on_task_id"]),
        (&json!(task), &json!(on))
    );
    let (_, list) = world.get(&path).await;
    assert_eq!(list.as_array().map(Vec::len), Some(1));
    assert_eq!(list[0]["id"], edge["id"]);
    for _ in 0..2 {
        assert_eq!(world.delete(&format!("{path}/{on}")).await.0, 200);
    }
    let edge = wait_for(&world, &task, &on, "finish_to_start").await;
    let by_id = format!("{path}/{}", edge["id"].as_str().expect("an id"));
    for _ in 0..2 {
        assert_eq!(world.delete(&by_id).await.0, 200);
    }
    let head = world.node.app().log.database_head().await.expect("a head");
    assert_eq!(
        world.get(&format!("{path}?min_position={head}")).await.1,
        json!([])
    );
    assert_eq!(world.delete(&format!("{path}/{task}")).await.0, 404);
}

#[tokio::test]
async fn what_closes_a_circle_repeats_or_points_to_itself_is_refused() {
    let world = World::new().await;
    let (a, b, c) = (
        world.named("a").await,
        world.named("b").await,
        world.named("c").await,
    );
    wait_for(&world, &a, &b, "finish_to_start").await;
    wait_for(&world, &b, &c, "finish_to_start").await;
    for (task, on, status, wanted) in [
        (&c, &a, 422, "dependency_cycle"),
        (&a, &a, 422, "self_dependency"),
        (&a, &b, 409, "already_exists"),
    ] {
        let body = json!({ "depends_on_task_id": on });
        let (got, problem) = world
            .post(&format!("/tasks/{task}/dependencies"), body)
            .await;
        assert_eq!((got.as_u16(), code(&problem).as_str()), (status, wanted));
        if wanted == "dependency_cycle" {
            let path = problem["errors"][0]["message"].as_str().expect("a path");
            assert_eq!(path, format!("{c} → {a} → {b} → {c}"));
        }
    }
    let unknown = json!({ "depends_on_task_id": uuid::Uuid::now_v7() });
    assert_eq!(
        world
            .post(&format!("/tasks/{a}/dependencies"), unknown)
            .await
            .0,
        404
    );
}

#[tokio::test]
async fn a_started_task_is_given_no_dependency() {
    let world = World::new().await;
    let (task, on) = (world.named("started").await, world.named("late").await);
    world.done(&task, "start", json!({})).await;
    let body = json!({ "depends_on_task_id": on });
    assert_eq!(
        world.refused(&task, "dependencies", body).await,
        "invalid_transition"
    );
}

#[tokio::test]
async fn a_new_task_is_never_there_without_its_dependencies() {
    let world = World::new().await;
    let first = world.named("first").await;
    let task = world
        .task(json!({ "name": "second", "depends_on": [first, first] }))
        .await;
    let (_, list) = world.get(&format!("/tasks/{task}/dependencies")).await;
    assert_eq!(list.as_array().map(Vec::len), Some(1));
    assert_eq!(
        world.refused(&task, "start", json!({})).await,
        "dependencies_incomplete"
    );
    let (status, problem) = world
        .patch(&format!("/tasks/{task}"), json!({ "status": "running" }))
        .await;
    assert_eq!(
        (status.as_u16(), code(&problem).as_str()),
        (422, "dependencies_incomplete")
    );
    assert_eq!(
        problem["errors"][0]["message"],
        format!("{first} is not far enough")
    );
    world.done(&first, "start", json!({})).await;
    assert_eq!(
        world.refused(&task, "start", json!({})).await,
        "dependencies_incomplete"
    );
    world.done(&first, "complete", json!({})).await;
    world.done(&task, "start", json!({})).await;
}

#[tokio::test]
async fn a_new_task_on_an_unknown_one_is_refused_whole() {
    let world = World::new().await;
    let body = json!({ "name": "x", "depends_on": [uuid::Uuid::now_v7()] });
    let (status, problem) = world.post("/tasks", body).await;
    assert_eq!(
        (status.as_u16(), code(&problem).as_str()),
        (422, "validation_failed")
    );
    assert_eq!(problem["errors"][0]["field"], "depends_on");
    assert_eq!(world.get("/tasks").await.1["total"], 0);
}

#[tokio::test]
async fn the_three_types_hold_back_start_or_completion() {
    let world = World::new().await;
    let (task, on) = (world.named("waits").await, world.named("other").await);
    wait_for(&world, &task, &on, "start_to_start").await;
    assert_eq!(
        world.refused(&task, "start", json!({})).await,
        "dependencies_incomplete"
    );
    world.done(&on, "start", json!({})).await;
    let last = world.named("last").await;
    wait_for(&world, &task, &last, "finish_to_finish").await;
    world.done(&task, "start", json!({})).await;
    assert_eq!(
        world.refused(&task, "complete", json!({})).await,
        "dependencies_incomplete"
    );
    world.done(&last, "start", json!({})).await;
    world.done(&last, "complete", json!({})).await;
    world.done(&task, "complete", json!({})).await;
}

#[tokio::test]
async fn a_deleted_task_takes_its_dependencies_along() {
    let world = World::new().await;
    let (task, on) = (world.named("waits").await, world.named("gone").await);
    wait_for(&world, &task, &on, "finish_to_start").await;
    let (_, gone) = world.delete(&format!("/tasks/{on}")).await;
    let position = gone["position"].as_str().expect("a position");
    let path = format!("/tasks/{task}/dependencies?min_position={position}");
    assert_eq!(world.get(&path).await.1, json!([]));
    world.done(&task, "start", json!({})).await;
}
