//! CON-34: dashboard summary and recent executions.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::words::fields;
use crate::world::{World, answer, refused};

/// CON-34
#[tokio::test(flavor = "multi_thread")]
async fn the_summary_counts_executions_by_their_state_and_nothing_else() {
    let world = World::new().await;
    world.named("a task without an execution").await;
    let repository = Uuid::now_v7();
    let mut tasks = Vec::new();
    for n in 0..6 {
        let more = json!({ "repository_id": repository, "max_retries": 0 });
        tasks.push(world.execution(&format!("execution {n}"), more).await.0);
    }
    for task in &tasks[1..5] {
        world.done(task, "start", json!({})).await;
    }
    let pull = json!({ "result": { "pr_number": 7, "summary": "done" } });
    world.done(&tasks[2], "complete", pull).await;
    world.done(&tasks[3], "complete", json!({})).await;
    world
        .done(&tasks[4], "fail", json!({ "error": "no" }))
        .await;
    world.done(&tasks[5], "cancel", json!({})).await;
    let summary = world.current("/dashboard/summary").await;
    assert_eq!(
        summary,
        json!({
            "total_executions": 6, "running_executions": 1, "completed_executions": 2,
            "failed_executions": 1, "pending_executions": 1, "total_repositories": 1,
            "total_prs_created": 1,
        })
    );
    let request = world.request_as(&world.stranger(), Method::GET, "/dashboard/summary");
    let (_, theirs) = answer(request).await;
    let none = |value: &Value| value.as_i64() == Some(0);
    assert!(
        theirs.as_object().expect("an object").values().all(none),
        "{theirs}"
    );
}

/// CON-34: "AgentExecution fields + `repository_owner`, `repository_name`".
#[tokio::test(flavor = "multi_thread")]
async fn a_recent_execution_has_the_fields_of_an_execution_and_its_repository() {
    let world = World::new().await;
    let more = json!({
        "agent_type": "codegen", "issue_number": 42, "repository_id": Uuid::now_v7(),
        "metadata": { "options": { "auto_pr": true } },
    });
    let (task, execution) = world.execution("Fix it", more).await;
    let recent = world.current("/dashboard/recent").await;
    assert_eq!(
        fields(&recent[0]),
        [
            "id",
            "repository_id",
            "repository_owner",
            "repository_name",
            "issue_number",
            "agent_type",
            "status",
            "options",
            "progress",
            "task_id",
            "created_at",
            "updated_at"
        ],
        "what is not known yet is left out"
    );
    world.done(&task, "start", json!({})).await;
    let result = json!({ "pr_number": 7, "quality_score": 88, "summary": "done" });
    world
        .done(&task, "complete", json!({ "result": result }))
        .await;
    let recent = world.current("/dashboard/recent").await;
    let shown = &recent[0];
    for (field, value) in [
        ("id", json!(execution)),
        ("task_id", json!(task)),
        ("issue_number", json!(42)),
        ("agent_type", json!("codegen")),
        ("status", json!("completed")),
        ("pr_number", json!(7)),
        ("quality_score", json!(88.0)),
        ("result_summary", result),
        ("progress", json!(100)),
        (
            "options",
            json!({ "use_worktree": false, "auto_pr": true, "slack_notify": false }),
        ),
    ] {
        assert_eq!(shown[field], value, "{field}: {shown}");
    }
    assert!(
        shown["started_at"].is_string() && shown["completed_at"].is_string(),
        "{shown}"
    );
}

/// CON-34: "`limit` (20, max 20)", "newest first", "bare array".
#[tokio::test(flavor = "multi_thread")]
async fn the_twenty_newest_executions_come_newest_first() {
    let world = World::new().await;
    world.named("a task without an execution").await;
    let mut made = Vec::new();
    for n in 0..22 {
        made.push(
            world
                .execution(&format!("execution {n}"), json!({}))
                .await
                .1,
        );
    }
    made.reverse();
    for (query, expected) in [("", &made[..20]), ("?limit=3", &made[..3])] {
        let list = world.current(&format!("/dashboard/recent{query}")).await;
        let items = list.as_array().expect("a bare array").iter();
        let ids: Vec<_> = items.filter_map(|item| item["id"].as_str()).collect();
        assert_eq!(ids, expected, "{query}");
    }
    for bad in ["limit=0", "limit=21", "limit=x", "page=1"] {
        let request = world.request(Method::GET, &format!("/dashboard/recent?{bad}"));
        refused(request, 400, "malformed_request").await;
    }
    let request = world.request_as(&world.stranger(), Method::GET, "/dashboard/recent");
    assert_eq!(answer(request).await.1, json!([]));
}
