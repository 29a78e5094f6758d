//! Tasks in the hands of agents, over a real nats-server (CON-20, CON-21, CON-23).

use serde_json::{Value, json};

use crate::world::{OnBus, World};

async fn joined(world: &World, id: &str) -> OnBus {
    let keys = world.enrol(id, "codegen").await;
    world.join(&keys).await
}

/// Claims the next task and gives its id.
async fn claimed(agent: &OnBus) -> String {
    let claimed = agent.done("claim_task", json!({})).await;
    let id = claimed["task"]["id"].as_str();
    id.unwrap_or_else(|| panic!("{claimed}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_claimed_reported_on_and_completed_over_the_bus_by_its_holder_only() {
    let world = World::with_bus(&[]).await;
    let (holder, other) = (
        joined(&world, "worker-1").await,
        joined(&world, "worker-2").await,
    );
    let task = world.named("build").await;
    assert_eq!(claimed(&holder).await, task);
    let none = other.done("claim_task", json!({})).await;
    assert_eq!(none["task"], Value::Null, "it has a holder");
    let half = json!({ "task_id": task, "progress": 50, "message": "compiling" });
    let result = json!({ "summary": "built", "quality_score": 91, "pr_number": 7, "output": "ok" });
    let end = json!({ "task_id": task, "result": result });
    for (command, data) in [
        ("report_progress", &half),
        ("complete_task", &end),
        (
            "fail_task",
            &json!({ "task_id": task, "error": "not mine" }),
        ),
    ] {
        let refused = other.ask(command, data.clone()).await;
        assert_eq!(
            (&refused["status"], &refused["code"]),
            (&json!(422), &json!("not_the_holder")),
            "{command}: {refused}"
        );
    }
    holder.done("report_progress", half).await;
    let shown = world.now(&task).await;
    assert_eq!(
        (&shown["status"], &shown["progress"]),
        (&json!("running"), &json!(50))
    );
    for bad in [-1, 101] {
        let data = json!({ "task_id": task, "progress": bad });
        let refused = holder.ask("report_progress", data).await;
        assert_eq!(refused["code"], "validation_failed", "{refused}");
    }
    holder.done("complete_task", end).await;
    let shown = world.now(&task).await;
    assert_eq!(
        (&shown["status"], &shown["progress"], &shown["result"]),
        (&json!("completed"), &json!(100), &result)
    );
    let events = world.event_types("task", &task).await;
    let expected = [
        "task_created",
        "task_started",
        "task_progressed",
        "task_completed",
    ];
    assert_eq!(events, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_holder_says_failed_rests_or_is_failed_for_good() {
    let world = World::with_bus(&[]).await;
    let agent = joined(&world, "worker-1").await;
    let task = world.named("flaky").await;
    assert_eq!(claimed(&agent).await, task);
    let again = json!({ "task_id": task, "error": "the network went away" });
    agent.done("fail_task", again).await;
    let shown = world.now(&task).await;
    assert_eq!(
        (
            &shown["status"],
            &shown["retry_count"],
            &shown["error_message"]
        ),
        (
            &json!("pending"),
            &json!(1),
            &json!("the network went away")
        )
    );
    let hopeless = world.named("hopeless").await;
    assert_eq!(claimed(&agent).await, hopeless, "the other one rests");
    let never = json!({ "task_id": hopeless, "error": "no such branch", "retryable": false });
    agent.done("fail_task", never).await;
    let shown = world.now(&hopeless).await;
    assert_eq!(
        (&shown["status"], &shown["retry_count"]),
        (&json!("failed"), &json!(0))
    );
    assert!(shown["failed_at"].is_string(), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_told_what_it_is_to_do_and_what_it_need_not_do_any_more() {
    let world = World::with_bus(&[]).await;
    let mut agent = joined(&world, "worker-1").await;
    let task = world.named("build").await;
    let holder = json!({ "assigned_to": "worker-1" });
    world.done(&task, "assign", holder.clone()).await;
    let told = agent.told_of("task_assigned").await;
    assert_eq!(told["data"], json!({ "task_id": task, "name": "build" }));
    assert_eq!(claimed(&agent).await, task, "kept for it");
    world
        .done(&task, "cancel", json!({ "reason": "not needed" }))
        .await;
    let told = agent.told_of("task_cancelled").await;
    let expected = json!({ "task_id": task, "name": "build", "reason": "not needed" });
    assert_eq!(told["data"], expected);
    let started = world.named("at once").await;
    world.done(&started, "start", holder).await;
    let told = agent.told_of("task_assigned").await;
    assert_eq!(
        (&told["data"]["task_id"], &told["data"]["name"]),
        (&json!(started), &json!("at once"))
    );
}
