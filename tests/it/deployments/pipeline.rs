//! The pipeline's page (CON-76): the tasks that name one of its stages.

use reqwest::Method;
use serde_json::{Value, json};

use crate::dashboard::words::fields;
use crate::world::{World, answer, refused, reply};

const PATH: &str = "/deployments/pipeline";

async fn step(world: &World, stage: &str, more: Value) -> String {
    let mut task = json!({ "name": stage, "max_retries": 0, "metadata": { "stage": stage } });
    for (field, value) in more.as_object().into_iter().flatten() {
        match field.as_str() {
            "name" | "depends_on" | "issue_number" => task[field] = value.clone(),
            _ => task["metadata"][field] = value.clone(),
        }
    }
    world.task(task).await
}

fn states(list: &Value) -> Vec<(&str, &str)> {
    let items = list.as_array().expect("a bare array").iter();
    items
        .map(|item| {
            let text = |field: &str| item[field].as_str().expect("text");
            (text("stage"), text("status"))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_of_a_stage_are_shown_with_their_status_and_no_others() {
    let world = World::new().await;
    world.named("no stage").await;
    world
        .task(json!({ "name": "another stage", "metadata": { "stage": "coffee" } }))
        .await;
    let first = step(&world, "preparation", json!({})).await;
    let docker = step(&world, "docker-ecr", json!({ "depends_on": [first] })).await;
    let network = step(&world, "vpc-networking", json!({})).await;
    let cache = step(&world, "ecs-alb-redis", json!({})).await;
    step(&world, "ecs-deployment", json!({ "depends_on": [docker] })).await;
    let front = step(&world, "frontend-integration", json!({})).await;
    step(&world, "ssl-validation", json!({})).await;
    for task in [&first, &network, &cache] {
        world.done(task, "start", json!({})).await;
    }
    world.done(&first, "complete", json!({})).await;
    world.done(&cache, "fail", json!({ "error": "no" })).await;
    world.done(&front, "cancel", json!({})).await;
    assert_eq!(
        states(&world.current(PATH).await),
        [
            ("preparation", "completed"),
            ("docker-ecr", "pending"),
            ("vpc-networking", "in_progress"),
            ("ecs-alb-redis", "failed"),
            ("ecs-deployment", "blocked"),
            ("frontend-integration", "failed"),
            ("ssl-validation", "pending"),
        ]
    );
    let request = world.request_as(&world.stranger(), Method::GET, PATH);
    assert_eq!(answer(request).await.1, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_has_the_fields_of_the_page_and_what_its_holders_said() {
    let world = World::with_bus(&[]).await;
    let keys = world.enrol("worker-1", "codegen").await;
    let agent = world.join(&keys).await;
    let more = json!({ "name": "Build the image", "issue_number": 5, "day": 2,
        "resources": ["ecr", 7, "builder"] });
    let task = step(&world, "docker-ecr", more).await;
    let fresh = &world.current(PATH).await[0];
    let open = [
        "id",
        "day",
        "issueNumber",
        "title",
        "stage",
        "status",
        "progress",
        "owner",
        "resources",
        "logs",
    ];
    assert_eq!(fields(fresh), open, "what is not known yet is left out");
    agent.done("claim_task", json!({})).await;
    for n in 0..60 {
        let data = json!({ "task_id": task, "progress": n, "message": format!("layer {n}") });
        agent.done("report_progress", data).await;
    }
    let end = json!({ "task_id": task, "error": "no space", "retryable": false });
    agent.done("fail_task", end).await;
    let shown = &world.current(PATH).await[0];
    for (field, value) in [
        ("id", json!(task)),
        ("day", json!(2)),
        ("issueNumber", json!(5)),
        ("title", json!("Build the image")),
        ("stage", json!("docker-ecr")),
        ("status", json!("failed")),
        ("progress", json!(59)),
        ("owner", json!("worker-1")),
        ("resources", json!(["ecr", "builder"])),
        ("errorMessage", json!("no space")),
    ] {
        assert_eq!(shown[field], value, "{field}: {shown}");
    }
    assert!(shown["startTime"].is_string() && shown["endTime"].is_string());
    assert!(shown["duration"].is_i64(), "{shown}");
    let logs = shown["logs"].as_array().expect("lines");
    assert_eq!(logs.len(), 50);
    let ends = |line: &Value, end: &str| line.as_str().is_some_and(|line| line.ends_with(end));
    assert!(ends(&logs[0], " INFO layer 11"), "{logs:?}");
    assert!(ends(&logs[49], " ERROR no space"), "{logs:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_walked_by_cursor_and_unchanged_while_no_task_changes() {
    let world = World::with(&[("PANTHEON_SYSTEM_SAMPLE", "1h")]).await;
    for n in 0..5 {
        step(
            &world,
            "preparation",
            json!({ "name": format!("step {n}") }),
        )
        .await;
    }
    let all = world.current(PATH).await;
    let first = reply(world.request(Method::GET, &format!("{PATH}?limit=3"))).await;
    let link = first.headers["link"].to_str().expect("text");
    let next = link.split(['<', '>']).nth(1).expect("an address");
    let next = next.trim_start_matches("/api/v1");
    let (_, rest) = world.get(next).await;
    let (mut met, rest) = (first.body, rest);
    let met = met.as_array_mut().expect("an array");
    met.extend(rest.as_array().expect("an array").clone());
    assert_eq!(json!(met), all);
    let again = world.request(Method::GET, PATH);
    let again = again.header("if-none-match", "*");
    assert_eq!(reply(again).await.status, 304);
    for (bad, code) in [
        ("limit=0", "malformed_request"),
        ("limit=201", "malformed_request"),
        ("stage=coffee", "malformed_request"),
        ("cursor=x", "invalid_cursor"),
    ] {
        let request = world.request(Method::GET, &format!("{PATH}?{bad}"));
        refused(request, 400, code).await;
    }
}
