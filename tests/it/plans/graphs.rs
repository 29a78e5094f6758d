//! What follows from tasks and what they wait for, for a body and for stored tasks (CON-27).

use pantheon::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, answer, refused};

async fn asked(world: &World, tasks: Value) -> Value {
    let (status, answer) = world.post("/tasks/plan", json!({ "tasks": tasks })).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_graph_is_analysed_and_nothing_of_it_is_stored() {
    let world = World::new().await;
    let task = |id: &str, minutes: Value, on: Value| json!({ "id": id, "name": id, "estimated_minutes": minutes, "depends_on": on });
    let chain = json!([
        task("a", json!(5), json!([])),
        task("b", json!(30), json!(["a"])),
        task("c", json!(15), json!(["b"])),
        task("d", json!(10), json!(["c"])),
    ]);
    let found = asked(&world, chain).await;
    let drawn = "graph TD\n    a[\"a\"]\n    b[\"b\"]\n    c[\"c\"]\n    d[\"d\"]\n    \
                 a --> b\n    b --> c\n    c --> d\n";
    let expected = json!({
        "total_tasks": 4,
        "estimated_duration_minutes": 60,
        "levels": [["a"], ["b"], ["c"], ["d"]],
        "has_cycles": false,
        "cycles": [],
        "critical_path": ["a", "b", "c", "d"],
        "critical_path_minutes": 60,
        "sequential_minutes": 60,
        "estimated_speedup": 1.0,
        "mermaid": drawn,
    });
    assert_eq!(found, expected);

    // A task of unknown length counts as none; P0 goes first on its level.
    let wide = json!([
        task("slow", json!(30), json!([])),
        { "id": "fast", "name": "fast", "priority": "P0", "estimated_minutes": 15 },
        task("last", json!(null), json!(["slow", "fast"])),
    ]);
    let found = asked(&world, wide).await;
    assert_eq!(found["levels"], json!([["fast", "slow"], ["last"]]));
    assert_eq!(found["critical_path"], json!(["slow", "last"]));
    assert_eq!(found["estimated_speedup"], 1.5);

    let circle = json!([
        task("a", json!(1), json!(["b"])),
        task("b", json!(1), json!(["a"])),
    ]);
    let found = asked(&world, circle).await;
    assert_eq!(found["has_cycles"], true);
    assert_eq!(found["cycles"], json!([["a", "b"]]));
    assert_eq!(
        (&found["levels"], &found["critical_path"]),
        (&json!([]), &json!([]))
    );

    let send = |tasks: Value| {
        let request = world.request(Method::POST, "/tasks/plan");
        request.json(&json!({ "tasks": tasks }))
    };
    for (tasks, field) in [
        (
            json!([task("a", json!(1), json!(["x"]))]),
            "tasks[0].depends_on[0]",
        ),
        (
            json!([
                task("a", json!(1), json!([])),
                task("a", json!(1), json!([]))
            ]),
            "tasks[1].id",
        ),
        (json!([task("", json!(1), json!([]))]), "tasks[0].id"),
        (
            json!([task("a", json!(100_001), json!([]))]),
            "tasks[0].estimated_minutes",
        ),
        (
            json!(
                (0..1_001)
                    .map(|n| task(&n.to_string(), json!(1), json!([])))
                    .collect::<Vec<_>>()
            ),
            "tasks",
        ),
    ] {
        let problem = refused(send(tasks), 422, "validation_failed").await;
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    // The largest there may be is answered while its caller waits.
    let long = (0..1_000).map(|n: i32| match n {
        0 => task("0", json!(1), json!([])),
        n => task(&n.to_string(), json!(1), json!([(n - 1).to_string()])),
    });
    let found = asked(&world, json!(long.collect::<Vec<_>>())).await;
    assert_eq!(found["levels"].as_array().map(Vec::len), Some(1_000));

    let viewer = world.role(Role::Viewer);
    let request = world.request_as(&viewer, Method::POST, "/tasks/plan");
    let (status, _) = answer(request.json(&json!({ "tasks": [] }))).await;
    assert_eq!(status, 200, "who may read tasks may ask");
    for list in ["/tasks", "/dags"] {
        assert_eq!(world.current(list).await["total"], 0, "nothing was stored");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_tasks_are_a_graph_with_the_same_analysis() {
    let world = World::new().await;
    let slow = world
        .task(json!({ "name": "slow", "estimated_minutes": 30, "agent_type": "codegen", "issue_number": 4 }))
        .await;
    let last = world
        .task(json!({ "name": "last", "estimated_minutes": 10, "depends_on": [slow], "issue_number": 4 }))
        .await;
    world.named("of no issue").await;
    world.done(&slow, "start", json!({})).await;
    let graph = world.current("/tasks/graph?issue_number=4").await;
    assert_eq!(graph["total"], 2);
    assert_eq!(graph["levels"], json!([[slow], [last]]));
    assert_eq!(graph["critical_path"], json!([slow, last]));
    assert_eq!(graph["critical_path_minutes"], 40);
    let edges = graph["edges"].as_array().expect("edges");
    assert_eq!(edges.len(), 1);
    assert_eq!(
        (&edges[0]["source"], &edges[0]["target"]),
        (&json!(slow), &json!(last))
    );
    let node = super::words::node(&graph, &slow);
    assert_eq!(
        (&node["type"], &node["status"], &node["agent"]),
        (&json!("agent"), &json!("running"), &json!("CodeGenAgent"))
    );
    let whole = world.current("/tasks/graph").await;
    assert_eq!(whole["nodes"].as_array().map(Vec::len), Some(3));
    let stranger = world.request_as(&world.stranger(), Method::GET, "/tasks/graph");
    assert_eq!(answer(stranger).await.1["nodes"], json!([]));
    let bad = world.request(Method::GET, "/tasks/graph?status=odd");
    refused(bad, 400, "malformed_request").await;
}
