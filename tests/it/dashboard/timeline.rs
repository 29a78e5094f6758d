//! CON-36: timeline window with RUN, IDLE, DEAD counts.

use pantheon_harness::eventually;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

use super::words::fields;
use crate::world::{World, answer, refused};

fn states(timeline: &Value) -> Vec<(&str, &str)> {
    let events = timeline["recent_events"].as_array().expect("events").iter();
    events
        .filter_map(|event| Some((event["agent"].as_str()?, event["state"].as_str()?)))
        .collect()
}

/// CON-36: "active → RUN, idle → IDLE, error and offline → DEAD", "task?".
#[tokio::test(flavor = "multi_thread")]
async fn the_window_holds_the_newest_changes_of_state_and_counts_them() {
    let world = World::new().await;
    let (one, two) = (
        world.agent("worker-1", "codegen").await,
        world.agent("worker-2", "codegen").await,
    );
    let task = Uuid::now_v7();
    let busy = json!({ "current_task": { "task_id": task, "progress": 0.5 } });
    world.beat(&one, busy).await;
    world.beat(&two, json!({ "state": "idle" })).await;
    world
        .beat(&two, json!({ "state": "idle", "cpu_usage": 1.0 }))
        .await;
    world.complain(&one, "oops").await;
    world.beat(&two, json!({})).await;
    let timeline = world.current("/timeline").await;
    assert_eq!(
        fields(&timeline),
        ["summary", "recent_events", "window_size"]
    );
    assert_eq!(
        states(&timeline),
        [
            ("worker-2", "RUN"),
            ("worker-1", "DEAD"),
            ("worker-2", "IDLE"),
            ("worker-1", "RUN")
        ]
    );
    assert_eq!(
        timeline["summary"],
        json!({ "total_events": 4, "run_count": 2, "idle_count": 1, "dead_count": 1 })
    );
    assert_eq!(timeline["window_size"], 100);
    let events = &timeline["recent_events"];
    assert_eq!(fields(&events[0]), ["timestamp", "agent", "state"]);
    for busy in [1, 3] {
        assert_eq!(
            events[busy]["task"],
            task.to_string(),
            "what it was at: {events}"
        );
    }
    let small = world.current("/timeline?window=2").await;
    assert_eq!(states(&small), [("worker-2", "RUN"), ("worker-1", "DEAD")]);
    assert_eq!(
        small["summary"],
        json!({ "total_events": 2, "run_count": 1, "idle_count": 0, "dead_count": 1 })
    );
    assert_eq!(small["window_size"], 2);
}

/// CON-36: offline is DEAD.
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_falls_silent_is_dead() {
    let settings = [
        ("PANTHEON_HEALTH_DEGRADED_AFTER", "1s"),
        ("PANTHEON_HEALTH_UNHEALTHY_AFTER", "2s"),
    ];
    let world = World::with(&settings).await;
    let agent = world.agent("worker-1", "codegen").await;
    world.beat(&agent, json!({})).await;
    eventually(Duration::from_secs(20), async || {
        let timeline = world.get("/timeline").await.1;
        states(&timeline) == [("worker-1", "DEAD"), ("worker-1", "RUN")]
    })
    .await;
}

/// CON-36: "`window` (100, 1–1000)".
#[tokio::test(flavor = "multi_thread")]
async fn a_window_out_of_bounds_is_refused_and_a_foreign_one_is_empty() {
    let world = World::new().await;
    for bad in ["window=0", "window=1001", "window=x", "limit=5"] {
        let request = world.request(Method::GET, &format!("/timeline?{bad}"));
        let problem = refused(request, 400, "malformed_request").await;
        let field = bad.split('=').next().expect("a name");
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    assert_eq!(world.get("/timeline?window=1000").await.0, 200);
    let agent = world.agent("worker-1", "codegen").await;
    world.beat(&agent, json!({})).await;
    let request = world.request_as(&world.stranger(), Method::GET, "/timeline");
    let (_, theirs) = answer(request).await;
    assert_eq!(
        (&theirs["recent_events"], &theirs["summary"]["total_events"]),
        (&json!([]), &json!(0))
    );
}
