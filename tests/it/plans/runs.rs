//! Plans from their making to their end (CON-28, CON-29).

use std::time::Duration;

use pantheon::simulate::{Fleet, Profile};
use pantheon_harness::soon;
use reqwest::Method;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::words::{node, step, task_of};
use crate::world::{World, answer, refused, reply};

/// Waits until a plan is in a status; gives it.
async fn until(world: &World, plan: &str, status: &str) -> Value {
    soon(async || {
        let dag = world.dag(plan).await;
        match dag["status"] == status {
            true => Ok(dag),
            false => Err(format!("{dag}")),
        }
    })
    .await
}

/// Waits until all tasks of a plan are there.
async fn made(world: &World, plan: &str, count: usize) {
    soon(async || {
        let tasks = world
            .current(&format!("/tasks?plan_id={plan}&limit=200"))
            .await;
        match tasks["total"] == count {
            true => Ok(()),
            false => Err(format!("{tasks}")),
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_one_command_and_its_end_that_of_its_tasks() {
    let world = World::new().await;
    let body = json!({
        "name": " release 2 ", "description": "all of it", "issue_number": 7,
        "tasks": [
            { "id": "build", "name": "Build", "agent_type": "CodeGenAgent", "task_type": "FEATURE",
              "priority": "P1", "estimated_minutes": 30 },
            { "id": "look", "name": "Look", "agent_type": "review", "estimated_minutes": 10,
              "depends_on": ["build"] },
            { "id": "ship", "name": "Ship", "agent_type": "deployment", "depends_on": ["look", "build"] },
            { "id": "tell", "name": "Tell", "depends_on": ["ship"] },
        ],
    });
    let key = uuid::Uuid::now_v7().to_string();
    let send = || {
        let request = world.request(Method::POST, "/plans").json(&body);
        request.header("idempotency-key", &key)
    };
    let first = reply(send()).await;
    assert_eq!(first.status, 201, "{}", first.body);
    let plan = first.body["id"].as_str().expect("an id").to_owned();
    assert_eq!(first.headers["location"], format!("/api/v1/dags/{plan}"));
    assert_eq!(
        reply(send()).await.body["id"],
        plan,
        "the same command again"
    );
    made(&world, &plan, 4).await;

    let dag = world.dag(&plan).await;
    for (field, value) in [
        ("name", json!("release 2")),
        ("description", json!("all of it")),
        ("issue_number", json!(7)),
        ("status", json!("pending")),
        ("levels", json!([["build"], ["look"], ["ship"], ["tell"]])),
        ("critical_path_minutes", json!(40)),
        ("has_cycles", json!(false)),
    ] {
        assert_eq!(dag[field], value, "{field}: {dag}");
    }
    let kinds: Vec<_> = dag["nodes"].as_array().expect("nodes").iter().collect();
    let kinds: Vec<_> = kinds.iter().map(|node| node["type"].as_str()).collect();
    assert_eq!(
        kinds,
        [
            Some("agent"),
            Some("review"),
            Some("deploy"),
            Some("action")
        ]
    );
    assert_eq!(node(&dag, "build")["agent"], "CodeGenAgent");
    assert_eq!(dag["edges"].as_array().map(Vec::len), Some(4));
    let build = world.now(&task_of(&dag, "build")).await;
    for (field, value) in [
        ("plan_id", json!(plan)),
        ("agent_type", json!("codegen")),
        ("task_type", json!("feature")),
        ("priority", json!("P1")),
        ("issue_number", json!(7)),
        ("user_id", json!(crate::world::ADMIN)),
    ] {
        assert_eq!(build[field], value, "{field}: {build}");
    }
    let ship = task_of(&dag, "ship");
    let (_, edges) = world.get(&format!("/tasks/{ship}/dependencies")).await;
    assert_eq!(edges.as_array().map(Vec::len), Some(2));
    assert_eq!(
        world.refused(&ship, "start", json!({})).await,
        "dependencies_incomplete"
    );

    for id in ["build", "look", "ship", "tell"] {
        let task = task_of(&dag, id);
        world.done(&task, "start", json!({})).await;
        if id == "build" {
            until(&world, &plan, "running").await;
        }
        let result = json!({ "result": { "summary": id } });
        world.done(&task, "complete", result).await;
    }
    let dag = until(&world, &plan, "completed").await;
    let shown = node(&dag, "look");
    assert_eq!(
        (&shown["status"], &shown["output"]),
        (&json!("completed"), &json!({ "summary": "look" }))
    );
    assert!(shown["started_at"].is_string() && shown["duration_ms"].is_i64());
    assert_eq!(
        world.plan_events(&plan).await,
        ["plan_created", "plan_started", "plan_completed"]
    );

    let list = world.current("/dags?status=completed&issue_number=7").await;
    assert_eq!(
        (&list["total"], &list["dags"][0]["id"]),
        (&json!(1), &json!(plan))
    );
    assert_eq!(list["dags"][0]["nodes"].as_array().map(Vec::len), Some(4));
    assert_eq!(world.current("/dags?status=failed").await["total"], 0);
    let stranger = world.request_as(&world.stranger(), Method::GET, "/dags");
    assert_eq!(answer(stranger).await.1["total"], 0);
    let cancel = world.request(Method::POST, &format!("/plans/{plan}/cancel"));
    refused(cancel, 422, "invalid_transition").await;
    let activity = world.current("/activity/events?limit=50").await;
    let titles: Vec<_> = activity.as_array().expect("a list").iter().collect();
    assert!(
        titles
            .iter()
            .any(|event| event["title"] == "Plan completed" && event["description"] == "release 2"),
        "{activity}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_does_not_fit_together_is_refused_as_a_whole() {
    let world = World::new().await;
    let send = |tasks: Value| {
        let request = world.request(Method::POST, "/plans");
        request.json(&json!({ "name": "odd", "tasks": tasks }))
    };
    let circle = json!([step("a", &["c"]), step("b", &["a"]), step("c", &["b"])]);
    let problem = refused(send(circle), 422, "plan_cycle").await;
    assert_eq!(problem["errors"][0]["message"], "a → c → b → a");
    refused(send(json!([step("a", &["a"])])), 422, "plan_cycle").await;
    for tasks in [
        json!([]),
        json!([step("a", &["x"])]),
        json!([{ "id": "a", "name": "a", "agent_type": "wizard" }]),
    ] {
        refused(send(tasks), 422, "validation_failed").await;
    }
    let gated = json!([{ "id": "a", "name": "a", "gate": { "required_approvers": [crate::world::ADMIN] } }]);
    refused(send(gated), 403, "forbidden").await;
    assert_eq!(world.current("/dags").await["total"], 0);
    assert_eq!(world.current("/tasks").await["total"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_fails_or_is_given_up_fails_its_plan_and_a_cancelled_plan_takes_its_tasks_along()
 {
    let world = World::new().await;
    let tasks = || json!([step("a", &[]), step("b", &["a"])]);
    let plans = [
        world.plan(tasks()).await,
        world.plan(tasks()).await,
        world.plan(tasks()).await,
    ];
    for plan in &plans {
        made(&world, plan, 2).await;
    }
    let [failing, lost, cancelled] = &plans;
    let first = task_of(&world.dag(failing).await, "a");
    world.done(&first, "start", json!({})).await;
    let end = json!({ "error": "no space", "retryable": false });
    world.done(&first, "fail", end).await;
    let dag = until(&world, failing, "failed").await;
    assert_eq!(dag["error"], "do a failed: no space");
    assert_eq!(node(&dag, "a")["error"], "no space");

    let second = task_of(&world.dag(lost).await, "b");
    world.done(&second, "cancel", json!({})).await;
    let dag = until(&world, lost, "failed").await;
    assert_eq!(dag["error"], "do b was cancelled.");

    let started = task_of(&world.dag(cancelled).await, "a");
    world.done(&started, "start", json!({})).await;
    let path = format!("/plans/{cancelled}/cancel");
    let (status, dag) = world.post(&path, json!({ "reason": "not needed" })).await;
    assert_eq!(
        (status.as_u16(), &dag["status"]),
        (200, &json!("cancelled"))
    );
    let all_gone = async || {
        let dag = world.dag(cancelled).await;
        let nodes = dag["nodes"].as_array().expect("nodes");
        match nodes.iter().all(|node| node["status"] == "cancelled") {
            true => Ok(()),
            false => Err(format!("{dag}")),
        }
    };
    soon(all_gone).await;
    let (status, again) = world.post(&path, json!({})).await;
    assert_eq!(
        (status.as_u16(), &again["error"]),
        (200, &json!("not needed"))
    );
    assert_eq!(
        world.plan_events(cancelled).await,
        ["plan_created", "plan_started", "plan_cancelled"],
        "what happens to its tasks then says nothing new"
    );
    // A task that only says it was part of a plan does not touch it.
    let other = world.plan(json!([step("a", &[])])).await;
    let body = json!({ "id": uuid::Uuid::now_v7(), "data": { "name": "fake", "plan_id": other } });
    let (status, fake) = world.post("/commands/task/create_task", body).await;
    assert!(status.is_success(), "{fake}");
    let fake = fake["id"].as_str().expect("an id");
    world.done(fake, "cancel", json!({})).await;
    made(&world, &other, 2).await;
    let real = task_of(&world.dag(&other).await, "a");
    world.done(&real, "start", json!({})).await;
    until(&world, &other, "running").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn simulated_agents_do_the_tasks_of_a_plan_in_their_order() {
    let world = World::with_bus(&[]).await;
    let mut keys = Vec::new();
    for id in ["codegen", "codegen-2"] {
        keys.push(world.enrol(id, "codegen").await);
    }
    let quick = Profile {
        look: Duration::from_millis(50),
        step: Duration::from_millis(5),
        failures: 0,
        ..Profile::default()
    };
    let url = world.nats.as_ref().expect("a bus").url();
    let fleet = Fleet::start(&url, keys, quick, 7, CancellationToken::new());
    let plan = world
        .plan(json!([
            step("a", &[]),
            step("b", &["a"]),
            step("c", &["a"]),
            step("d", &["b", "c"]),
        ]))
        .await;
    let dag = until(&world, &plan, "completed").await;
    let at = |id: &str, field: &str| node(&dag, id)[field].as_str().expect("a time").to_owned();
    for (first, then) in [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")] {
        assert!(at(first, "completed_at") <= at(then, "started_at"), "{dag}");
    }
    fleet.stop().await;
}
