//! Many at once (CON-18, CON-20, CON-26).

use std::collections::BTreeSet;

use futures_util::future::join_all;
use pantheon_events::CommandId;
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, answer};

const RACERS: usize = 16;

#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_starts_over_two_nodes_one_wins() {
    let world = World::new().await;
    let nodes = [&world, &world.beside().await];
    let task = world.named("prize").await;
    let path = format!("/tasks/{task}/start");
    let answers = join_all((0..RACERS).map(|n| nodes[n % 2].post(&path, json!({})))).await;
    let won = answers.iter().filter(|(status, _)| *status == 200).count();
    let lost = answers.iter().filter(|(status, _)| *status == 422).count();
    assert_eq!((won, lost), (1, RACERS - 1), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_agents_that_claim_one_task_one_holds_it() {
    let world = World::new().await;
    let mut agents = Vec::new();
    for n in 0..RACERS {
        agents.push(world.agent(&format!("racer-{n}"), "codegen").await);
    }
    let task = world.named("prize").await;
    let claims = join_all(agents.iter().map(|agent| world.claim(agent, Some(&task)))).await;
    let won: Vec<_> = claims.iter().flatten().collect();
    assert_eq!(won.len(), 1, "{claims:?}");
    assert_eq!(
        world.now(&task).await["assigned_to"],
        won[0]["task"]["assigned_to"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_claims_on_two_nodes_at_once_holds_no_more_than_it_may() {
    let world = World::new().await;
    let nodes = [&world, &world.beside().await];
    let _agent = world.agent("worker-1", "codegen").await;
    let agent = world.current("/agents/worker-1").await;
    let limit = agent["config"]["maxConcurrentTasks"].as_u64();
    let limit = usize::try_from(limit.expect("a limit")).expect("a small one");
    let mut claims = Vec::new();
    for n in 0..limit + RACERS {
        let task = world.named(&format!("task {n}")).await;
        claims.push(json!({ "id": task, "data": { "agent_id": "worker-1" } }));
    }
    let path = "/commands/task/claim_task";
    let each = claims.into_iter().enumerate();
    let answers = join_all(each.map(|(n, claim)| nodes[n % 2].post(path, claim))).await;
    let got = answers.iter().filter(|(status, _)| *status == 200).count();
    let busy = |(_, body): &&(_, Value)| body["code"] == "agent_busy";
    let refused = answers.iter().filter(busy).count();
    assert_eq!((got, refused), (limit, RACERS), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_agents_get_sixteen_different_tasks() {
    let world = World::new().await;
    let mut agents = Vec::new();
    for n in 0..RACERS {
        agents.push(world.agent(&format!("racer-{n}"), "codegen").await);
        world.named(&format!("task {n}")).await;
    }
    let claims = join_all(agents.iter().map(|agent| world.claim(agent, None))).await;
    let mut got = BTreeSet::new();
    for claim in claims {
        let claim = claim.expect("a task for everybody");
        got.insert(claim["task"]["id"].as_str().map(str::to_owned));
    }
    assert_eq!(got.len(), RACERS);
}

#[tokio::test(flavor = "multi_thread")]
async fn g02_racing_claims_under_one_command_id_take_one_task() {
    let world = World::new().await;
    let agent = world.agent("racer", "codegen").await;
    for n in 0..3 {
        world.named(&format!("task {n}")).await;
    }
    let id = CommandId::generate();
    let claims = join_all((0..RACERS).map(|_| world.claim_again(&agent, None, id))).await;
    let got: BTreeSet<_> = claims
        .iter()
        .map(|claim| claim.as_ref().expect("a task")["task"]["id"].to_string())
        .collect();
    assert_eq!(got.len(), 1);
    let (_, stats) = world.get("/tasks/stats").await;
    assert_eq!(
        (&stats["running"], &stats["pending"]),
        (&json!(1), &json!(2))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_race_closes_a_circle() {
    let world = World::new().await;
    let mut tasks = Vec::new();
    for n in 0..RACERS {
        tasks.push(world.named(&format!("task {n}")).await);
    }
    // Each waits for the next, the last for the first: one of them has to be refused.
    let edges = (0..RACERS).map(|n| {
        let path = format!("/tasks/{}/dependencies", tasks[n]);
        let body = json!({ "depends_on_task_id": tasks[(n + 1) % RACERS] });
        answer(world.request(Method::POST, &path).json(&body))
    });
    let answers = join_all(edges).await;
    let refused: Vec<_> = answers
        .iter()
        .filter(|(status, _)| *status != 201)
        .collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!(refused[0].1["code"], "dependency_cycle");
    let path = refused[0].1["errors"][0]["message"]
        .as_str()
        .expect("a path");
    assert_eq!(path.matches(" → ").count(), RACERS);
}
