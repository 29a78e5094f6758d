//! CON-15: logs of executions, written over NATS and read back.

use pantheon_harness::soon;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{World, refused};

fn messages(lines: &Value) -> Vec<&str> {
    let lines = lines.as_array().expect("a bare array").iter();
    lines.filter_map(|line| line["message"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_name_an_execution_go_to_its_log_and_the_others_to_the_agent_s() {
    let world = World::with_bus(&[]).await;
    let keys = world.enrol("worker-1", "codegen").await;
    let agent = world.join(&keys).await;
    let repository = world.repository("octo/cat").await;
    let id = world.execute(&repository, "codegen", 7).await;
    let many = |from: usize, to: usize| {
        let line = |n| {
            json!({ "level": if n == 150 { "WARN" } else { "INFO" },
            "message": format!("line {n}"), "execution_id": id, "file": "cat.rs", "line": n + 1 })
        };
        (from..to).map(line).collect::<Vec<_>>()
    };
    agent
        .done("append_log", json!({ "entries": many(0, 100) }))
        .await;
    let mut mixed = many(100, 199);
    mixed.insert(40, json!({ "message": "of my own" }));
    agent.done("append_log", json!({ "entries": mixed })).await;

    let path = format!("/agents/executions/{id}/logs");
    let all = world.current(&format!("{path}?limit=10000")).await;
    let expected: Vec<_> = (0..199).map(|n| format!("line {n}")).collect();
    assert_eq!(messages(&all), expected);
    let line = &all[150];
    for (field, value) in [
        ("execution_id", json!(id)),
        ("log_level", json!("WARN")),
        (
            "metadata",
            json!({ "agent_id": "worker-1", "file": "cat.rs", "line": 151 }),
        ),
    ] {
        assert_eq!(line[field], value, "{field}");
    }
    assert!(line["id"].is_string() && line["timestamp"].is_string());
    let warnings = world.current(&format!("{path}?level=WARN")).await;
    assert_eq!(messages(&warnings), ["line 150"]);
    let after = all[9]["id"].as_str().expect("an id");
    let next = world
        .current(&format!("{path}?after={after}&limit=2"))
        .await;
    assert_eq!(messages(&next), ["line 10", "line 11"]);
    for bad in [
        "limit=0",
        "limit=10001",
        "level=LOUD",
        &format!("after={id}"),
    ] {
        let request = world.request(Method::GET, &format!("{path}?{bad}"));
        refused(request, 400, "malformed_request").await;
    }
    let own = soon(async || {
        let lines = world.current("/agents/worker-1/logs").await;
        let lines = lines.as_array().expect("an array").clone();
        (!lines.is_empty()).then_some(lines)
    });
    let own = own.await;
    assert_eq!(own.len(), 1);
    assert!(
        own[0]
            .as_str()
            .is_some_and(|line| line.ends_with("of my own"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_taken_for_an_execution_that_is_there_until_an_hour_after_its_end() {
    let world = World::with_bus(&[]).await;
    let keys = world.enrol("worker-1", "codegen").await;
    let agent = world.join(&keys).await;
    let repository = world.repository("octo/cat").await;
    let id = world.execute(&repository, "codegen", 7).await;
    let line = |id: &str| json!({ "entries": [{ "message": "late", "execution_id": id }] });
    let nobody = agent
        .ask("append_log", line(&Uuid::now_v7().to_string()))
        .await;
    assert_eq!(
        (&nobody["status"], &nobody["code"]),
        (&json!(422), &json!("validation_failed"))
    );
    let path = format!("/agents/executions/{id}/cancel");
    assert_eq!(world.post(&path, json!({})).await.0, 200);
    agent.done("append_log", line(&id)).await;
    world.time.pass(3_700);
    let closed = agent.ask("append_log", line(&id)).await;
    assert_eq!(closed["code"], "invalid_transition", "{closed}");
    // Where logging is switched off, nothing is kept.
    let open = world.execute(&repository, "codegen", 8).await;
    let off = json!({ "enableLogging": false });
    assert_eq!(world.post("/agents/worker-1/configure", off).await.0, 200);
    agent.done("append_log", line(&open)).await;
    let kept = world
        .current(&format!("/agents/executions/{open}/logs"))
        .await;
    assert_eq!(kept, json!([]));
}
