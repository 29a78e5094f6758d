//! One test per refusal of a task's commands, over HTTP (CON-18, CON-19, CON-86), and who may do what.

use pantheon::auth::Role;
use reqwest::Method;
use serde_json::json;

use crate::world::{World, answer, code};

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
