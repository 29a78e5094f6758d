//! CON-34: dashboard summary and recent executions.

use reqwest::Method;
use serde_json::{Value, json};

use super::words::fields;
use crate::world::{World, answer, refused};

/// CON-34
#[tokio::test(flavor = "multi_thread")]
async fn the_summary_counts_executions_by_their_state_and_repositories() {
    let world = World::new().await;
    world.named("a task without an execution").await;
    let repository = world.repository("octo/cat").await;
    world.repository("octo/dog").await;
    let mut made = Vec::new();
    for n in 1..=6 {
        let id = world.execute(&repository, "codegen", n).await;
        let task = world.task_of(&id).await;
        made.push((id, task));
    }
    for (_, task) in &made[1..5] {
        world.done(task, "start", json!({})).await;
    }
    let pull = json!({ "result": { "pr_number": 7, "summary": "done" } });
    world.done(&made[2].1, "complete", pull).await;
    world.done(&made[3].1, "complete", json!({})).await;
    let final_failure = json!({ "error": "no", "retryable": false });
    world.done(&made[4].1, "fail", final_failure).await;
    world.done(&made[5].1, "cancel", json!({})).await;
    for (n, status) in [
        "pending",
        "running",
        "completed",
        "completed",
        "failed",
        "cancelled",
    ]
    .into_iter()
    .enumerate()
    {
        world.execution_until(&made[n].0, status).await;
    }
    let summary = world.current("/dashboard/summary").await;
    assert_eq!(
        summary,
        json!({
            "total_executions": 6, "running_executions": 1, "completed_executions": 2,
            "failed_executions": 1, "pending_executions": 1, "total_repositories": 2,
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

/// CON-34: "AgentExecution fields + `repository_owner`, `repository_name`", "`limit` (20, max 20)",
/// "newest first", "bare array".
#[tokio::test(flavor = "multi_thread")]
async fn the_twenty_newest_executions_come_newest_first_with_their_repository() {
    let world = World::new().await;
    let repository = world.repository("octo/cat").await;
    let mut made = Vec::new();
    for n in 1..=22 {
        made.push(world.execute(&repository, "codegen", n).await);
    }
    // Executions keep their reference.
    let gone = world.delete(&format!("/repositories/{repository}")).await;
    assert_eq!(gone.0, 200);
    made.reverse();
    for (query, expected) in [("", &made[..20]), ("?limit=3", &made[..3])] {
        let list = world.current(&format!("/dashboard/recent{query}")).await;
        let items = list.as_array().expect("a bare array").iter();
        let ids: Vec<_> = items.filter_map(|item| item["id"].as_str()).collect();
        assert_eq!(ids, expected, "{query}");
    }
    let recent = world.current("/dashboard/recent").await;
    assert_eq!(
        fields(&recent[0]),
        [
            "id",
            "repository_id",
            "issue_number",
            "agent_type",
            "status",
            "options",
            "progress",
            "task_id",
            "created_at",
            "updated_at",
            "repository_owner",
            "repository_name",
        ],
        "what is not known yet is left out"
    );
    assert_eq!(
        (
            &recent[0]["repository_owner"],
            &recent[0]["repository_name"]
        ),
        (&json!("octo"), &json!("cat"))
    );
    for bad in ["limit=0", "limit=21", "limit=x", "page=1"] {
        let request = world.request(Method::GET, &format!("/dashboard/recent?{bad}"));
        refused(request, 400, "malformed_request").await;
    }
    let request = world.request_as(&world.stranger(), Method::GET, "/dashboard/recent");
    assert_eq!(answer(request).await.1, json!([]));
}
