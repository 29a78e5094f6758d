//! One test per refusal of a task's commands, over HTTP (CON-18, CON-19, CON-86), and who may do what.

use pantheon::auth::Role;
use reqwest::Method;
use serde_json::json;

use crate::world::{World, answer, code, problem};

#[tokio::test]
async fn steps_that_the_table_does_not_have_are_invalid_transitions() {
    let world = World::new().await;
    let task = world.named("steps").await;
    for verb in ["complete", "fail", "retry"] {
        assert_eq!(
            world.refused(&task, verb, json!({})).await,
            "invalid_transition",
            "{verb}"
        );
    }
    world.done(&task, "start", json!({})).await;
    assert_eq!(
        world.refused(&task, "start", json!({})).await,
        "invalid_transition"
    );
    let assign = json!({ "assigned_to": "codegen" });
    assert_eq!(
        world.refused(&task, "assign", assign).await,
        "invalid_transition"
    );
    world
        .done(&task, "cancel", json!({ "reason": "enough" }))
        .await;
    for verb in ["start", "complete", "fail", "retry", "cancel"] {
        assert_eq!(
            world.refused(&task, verb, json!({})).await,
            "invalid_transition",
            "{verb}"
        );
    }
}

#[tokio::test]
async fn exhausted_retries_need_a_reset_and_a_repeated_retry_changes_nothing() {
    let world = World::new().await;
    let task = world
        .task(json!({ "name": "retry", "max_retries": 0 }))
        .await;
    world.done(&task, "start", json!({})).await;
    let failed = world.done(&task, "fail", json!({})).await;
    assert_eq!(failed["status"], "failed");
    assert_eq!(
        world.refused(&task, "retry", json!({})).await,
        "retries_exhausted"
    );
    let first = world.done(&task, "retry", json!({ "reset": true })).await;
    assert_eq!(
        (&first["status"], &first["retry_count"]),
        (&json!("pending"), &json!(0))
    );
    let again = world.done(&task, "retry", json!({ "reset": true })).await;
    assert_eq!(again["updated_at"], first["updated_at"]);
}

#[tokio::test]
async fn a_task_is_tried_again_as_often_as_it_may_be_and_by_hand_as_well() {
    let world = World::new().await;
    let task = world
        .task(json!({ "name": "retry", "max_retries": 2 }))
        .await;
    let fail = async |retryable: bool| {
        world.done(&task, "start", json!({})).await;
        let shown = world.done(&task, "fail", json!({ "retryable": retryable }));
        let shown = shown.await;
        (shown["status"].clone(), shown["retry_count"].clone())
    };
    assert_eq!(fail(false).await, (json!("failed"), json!(0)), "no use");
    let again = world.done(&task, "retry", json!({})).await;
    assert_eq!(
        (&again["status"], &again["retry_count"]),
        (&json!("pending"), &json!(1))
    );
    assert!(again.get("failed_at").is_none(), "{again}");
    assert_eq!(fail(true).await, (json!("pending"), json!(2)));
    assert_eq!(fail(true).await, (json!("failed"), json!(2)));
    assert_eq!(
        world.refused(&task, "retry", json!({})).await,
        "retries_exhausted"
    );
}

#[tokio::test]
async fn a_completed_task_is_neither_cancelled_nor_moved() {
    let world = World::new().await;
    let task = world.named("done").await;
    world.done(&task, "start", json!({})).await;
    world.done(&task, "complete", json!({})).await;
    for verb in ["start", "complete", "fail", "retry", "cancel"] {
        let code = world.refused(&task, verb, json!({})).await;
        assert_eq!(code, "invalid_transition", "{verb}");
    }
    for status in ["pending", "running", "failed", "cancelled"] {
        let (got, problem) = world
            .patch(&format!("/tasks/{task}"), json!({ "status": status }))
            .await;
        assert_eq!(
            (got.as_u16(), code(&problem).as_str()),
            (422, "invalid_transition"),
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_running_task_is_not_deleted() {
    let world = World::new().await;
    let task = world.named("busy").await;
    world.done(&task, "start", json!({})).await;
    let (status, problem) = world.delete(&format!("/tasks/{task}")).await;
    assert_eq!(
        (status.as_u16(), code(&problem).as_str()),
        (422, "task_running")
    );
}

#[tokio::test]
async fn another_agent_is_not_the_holder() {
    let world = World::new().await;
    let (holder, other) = (
        world.agent("holder", "codegen").await,
        world.agent("other", "codegen").await,
    );
    let task = world.named("held").await;
    world.claim(&holder, Some(&task)).await.expect("claimed");
    let auth = &world.node.app().auth;
    let token = auth
        .issue_agent(other, world.tenant, std::time::Duration::from_secs(60))
        .token;
    for verb in ["complete", "fail"] {
        let path = format!("/tasks/{task}/{verb}");
        let request = world
            .request_as(&token, Method::POST, &path)
            .json(&json!({}));
        let (status, problem) = answer(request).await;
        assert_eq!(
            (status.as_u16(), code(&problem).as_str()),
            (422, "not_the_holder"),
            "{verb}"
        );
    }
    assert_eq!(world.now(&task).await["status"], "running");
}

#[tokio::test]
async fn foreign_and_missing_tasks_answer_the_same_bytes() {
    let world = World::new().await;
    let task = world.named("mine").await;
    let stranger = world.stranger();
    let missing = uuid::Uuid::now_v7();
    for (method, verb) in [
        (Method::GET, ""),
        (Method::PATCH, ""),
        (Method::DELETE, ""),
        (Method::POST, "/cancel"),
    ] {
        let ask = async |id: &str| {
            let path = format!("/tasks/{id}{verb}");
            let request = world.request_as(&stranger, method.clone(), &path);
            let (status, mut problem) =
                answer(request.header("x-request-id", "r").json(&json!({}))).await;
            problem["request_id"].take();
            (status, problem)
        };
        let foreign = ask(&task).await;
        assert_eq!(foreign.0, 404, "{method}{verb}");
        assert_eq!(foreign, ask(&missing.to_string()).await);
    }
    assert_eq!(world.now(&task).await["status"], "pending");
}

#[tokio::test]
async fn a_viewer_reads_and_changes_nothing() {
    let world = World::new().await;
    let task = world.named("seen").await;
    let viewer = world.role(Role::Viewer);
    let read = world.request_as(&viewer, Method::GET, &format!("/tasks/{task}"));
    assert_eq!(answer(read).await.0, 200);
    for (method, path) in [
        (Method::POST, "/tasks".to_owned()),
        (Method::PATCH, format!("/tasks/{task}")),
        (Method::DELETE, format!("/tasks/{task}")),
        (Method::POST, format!("/tasks/{task}/start")),
        (Method::POST, format!("/tasks/{task}/assign")),
        (Method::POST, format!("/tasks/{task}/dependencies")),
    ] {
        let request = world
            .request_as(&viewer, method.clone(), &path)
            .json(&json!({ "name": "x" }));
        let (status, problem) = answer(request).await;
        assert_eq!(
            (status.as_u16(), code(&problem).as_str()),
            (403, "forbidden"),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn the_generic_door_gives_a_task_to_nobody_who_is_not_there() {
    let world = World::new().await;
    let task = world.named("for somebody").await;
    let ask = |command: &str, agent: &str| {
        let body = json!({ "id": task, "data": { "assigned_to": agent } });
        let path = format!("/commands/task/{command}");
        world.request(Method::POST, &path).json(&body)
    };
    for command in ["assign_task", "start_task"] {
        let (status, problem) = problem(ask(command, "nobody")).await;
        assert_eq!(
            (status, &problem["code"]),
            (422, &json!("validation_failed"))
        );
        assert_eq!(problem["errors"][0]["field"], "assigned_to", "{problem}");
    }
    world.agent("worker-1", "codegen").await;
    let (status, _) = answer(ask("assign_task", "worker-1")).await;
    assert_eq!(status, 200, "who was enrolled a moment ago is there");
    assert_eq!(world.now(&task).await["assigned_to"], "worker-1");
}
