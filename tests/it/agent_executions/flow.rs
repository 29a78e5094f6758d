//! CON-14, CON-87: a task carries an execution, and what happens to it happens to the execution.

use pantheon_events::Sequence;
use pantheon_harness::eventually;
use serde_json::json;
use uuid::Uuid;

use super::words::PATIENCE;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn the_task_s_start_progress_and_end_are_the_execution_s() {
    let world = World::new().await;
    let repository = world.repository("octo/cat").await;
    let id = world.execute(&repository, "codegen", 7).await;
    let task = world.task_of(&id).await;
    let made = world.current(&format!("/tasks/{task}")).await;
    for (field, value) in [
        ("execution_id", json!(id)),
        ("repository_id", json!(repository)),
        ("issue_number", json!(7)),
        ("agent_type", json!("codegen")),
        ("name", json!("codegen on octo/cat#7")),
    ] {
        assert_eq!(made[field], value, "{field}");
    }
    world.done(&task, "start", json!({})).await;
    let running = world.execution_until(&id, "running").await;
    assert!(running["started_at"].is_string(), "{running}");
    // An attempt that is repeated ends nothing.
    world
        .done(&task, "fail", json!({ "error": "try again" }))
        .await;
    world.time.pass(2);
    world.done(&task, "start", json!({})).await;
    let result = json!({ "summary": "done", "quality_score": 92.5, "pr_number": 8 });
    world
        .done(&task, "complete", json!({ "result": result }))
        .await;
    let done = world.execution_until(&id, "completed").await;
    for (field, value) in [
        ("result_summary", result),
        ("quality_score", json!(92.5)),
        ("pr_number", json!(8)),
        ("progress", json!(100)),
    ] {
        assert_eq!(done[field], value, "{field}");
    }
    assert!(done["completed_at"].is_string(), "{done}");
    assert_eq!(
        world.happened_to(&id).await,
        [
            "agent_execution_requested",
            "agent_execution_started",
            "agent_execution_completed",
        ]
    );

    let failing = world.execute(&repository, "codegen", 9).await;
    let task = world.task_of(&failing).await;
    world.done(&task, "start", json!({})).await;
    let for_good = json!({ "error": "the tests fail", "retryable": false });
    world.done(&task, "fail", for_good).await;
    let failed = world.execution_until(&failing, "failed").await;
    assert_eq!(failed["error_message"], "the tests fail");
    let (status, problem) = world
        .post(&format!("/agents/executions/{failing}/cancel"), json!({}))
        .await;
    assert_eq!(
        (status.as_u16(), &problem["code"]),
        (422, &json!("invalid_transition"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn giving_up_an_execution_or_its_task_gives_up_both() {
    let world = World::new().await;
    let repository = world.repository("octo/cat").await;
    let mut ids = Vec::new();
    for n in 1..=3 {
        let id = world.execute(&repository, "codegen", n).await;
        ids.push((world.task_of(&id).await, id));
    }
    let [
        (first_task, first),
        (second_task, second),
        (third_task, third),
    ] = &ids[..]
    else {
        panic!("three executions");
    };
    world.done(first_task, "start", json!({})).await;
    let path = format!("/agents/executions/{first}/cancel");
    let (status, gone) = world.post(&path, json!({})).await;
    assert_eq!(
        (status.as_u16(), &gone["status"]),
        (200, &json!("cancelled"))
    );
    eventually(PATIENCE, async || {
        let task = world.current(&format!("/tasks/{first_task}")).await;
        task["status"] == "cancelled"
    })
    .await;
    world.done(second_task, "cancel", json!({})).await;
    world.execution_until(second, "cancelled").await;
    assert_eq!(world.delete(&format!("/tasks/{third_task}")).await.0, 200);
    world.execution_until(third, "cancelled").await;
    for id in [first, second, third] {
        let events = world.happened_to(id).await;
        let ends = events
            .iter()
            .filter(|kind| *kind == "agent_execution_cancelled");
        assert_eq!(ends.count(), 1, "{events:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_only_says_that_it_carries_an_execution_moves_nothing() {
    let world = World::new().await;
    let repository = world.repository("octo/cat").await;
    let id = world.execute(&repository, "codegen", 7).await;
    let other = Uuid::now_v7().to_string();
    let body = json!({ "id": other, "data": { "name": "mine", "execution_id": id } });
    let (status, made) = world.post("/commands/task/create_task", body).await;
    assert_eq!(status, 200, "{made}");
    world.done(&other, "start", json!({})).await;
    world.done(&other, "complete", json!({})).await;
    // Asked for later, so the process has been through all of that.
    let later = world.execute(&repository, "codegen", 8).await;
    world.task_of(&later).await;
    assert_eq!(world.execution(&id).await["status"], "pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_starts_over_or_moves_to_another_node_changes_nothing() {
    let world = World::new().await;
    let beside = world.beside().await;
    let repository = world.repository("octo/cat").await;
    let mut streams = Vec::new();
    for (n, end) in ["complete", "cancel"].into_iter().enumerate() {
        let id = world
            .execute(&repository, "codegen", i64::try_from(n).expect("small") + 1)
            .await;
        let task = world.task_of(&id).await;
        world.done(&task, "start", json!({})).await;
        world.done(&task, end, json!({})).await;
        let status = if end == "cancel" {
            "cancelled"
        } else {
            "completed"
        };
        world.execution_until(&id, status).await;
        streams.extend([("task", task), ("agent_execution", id)]);
    }
    let lengths = async |world: &World| {
        let mut lengths = Vec::new();
        for (kind, id) in &streams {
            let log = &world.node.app().log;
            let events = log.stream(kind, id, Sequence::ZERO, 1000).await;
            lengths.push(events.expect("the stream").len());
        }
        lengths
    };
    let before = lengths(&world).await;
    assert_eq!(before, [3, 3, 3, 3]);
    world.node.stop().await;
    let forgotten = "delete from process_checkpoints where name = 'execution_flow'";
    let pool = beside.database.pool(1).await.expect("a pool");
    let deleted = sqlx::query(forgotten).execute(&pool).await;
    deleted.expect("deleted");
    let again = beside.restarted().await;
    // Asked for after everything else, so the process has been through all of it.
    let last = again.execute(&repository, "codegen", 3).await;
    again.task_of(&last).await;
    assert_eq!(lengths(&again).await, before);
}
