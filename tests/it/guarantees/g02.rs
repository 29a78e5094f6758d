//! G2: a command takes effect at most once, whatever the transport and however often it is sent.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use async_nats::HeaderMap;
use futures_util::future::join_all;
use pantheon_harness::{Api, Cluster, Seed, send};
use rand::Rng;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::installation;

/// What a transport said: status, position, code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Said {
    status: u64,
    position: String,
    code: String,
}

impl Said {
    fn read(status: u64, body: &Value) -> Self {
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        Self {
            status,
            position: text("position"),
            code: text("code"),
        }
    }
}

/// The generic door of a node.
async fn over_http(api: &Api, command: &str, id: Uuid, target: &str, data: &Value) -> Result<Said> {
    let body = json!({ "id": target, "data": data });
    let path = format!("/api/v1/commands/task/{command}");
    let request = api.request(Method::POST, &path);
    let request = request.header("idempotency-key", id.to_string());
    let reply = send(request.json(&body)).await?;
    Ok(Said::read(reply.status.as_u16().into(), &reply.body))
}

/// The micro service on NATS, as the same operator.
async fn over_nats(
    bus: &async_nats::Client,
    token: &str,
    command: &str,
    id: Uuid,
    target: &str,
    data: &Value,
) -> Result<Said> {
    let mut headers = HeaderMap::new();
    headers.insert("Nats-Msg-Id", id.to_string());
    headers.insert("Authorization", format!("Bearer {token}"));
    let body = json!({ "id": target, "data": data }).to_string();
    let subject = format!("pantheon.cmd.task.{command}");
    let reply = bus.request_with_headers(subject, headers, body.into());
    let body: Value = serde_json::from_slice(&reply.await?.payload)?;
    let status = body["status"].as_u64().context("a verdict has a status")?;
    Ok(Said::read(status, &body))
}

/// The command line; its exit code stands for the status.
async fn over_cli(
    cluster: &Cluster,
    command: &str,
    id: Uuid,
    target: &str,
    data: &Value,
    exit: i32,
) -> Result<Value> {
    let (id, data) = (id.to_string(), data.to_string());
    let args = [
        "command",
        "task",
        command,
        target,
        "--command-id",
        &id,
        "--data",
        &data,
    ];
    let out = cluster
        .cli(0, &[&args[..], &["-o", "json"]].concat(), exit)
        .await?;
    Ok(serde_json::from_str(&out).unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn g02_one_id_is_one_command_over_http_nats_and_the_command_line() -> Result<()> {
    let mut cluster = Cluster::start(installation().nodes(2)).await?;
    let (bus, token) = (cluster.bus().await?, cluster.admin());
    let (id, data) = (Uuid::now_v7(), json!({ "name": "once" }));
    let request = cluster.api(0)?.request(Method::POST, "/api/v1/tasks");
    let request = request
        .header("idempotency-key", id.to_string())
        .json(&data);
    let first = send(request.try_clone().context("a plain body")?)
        .await?
        .expect(201)?;
    ensure!(!first.is_replayed());
    let task = first.body["id"].as_str().context("a task")?.to_owned();
    let position = first.position().context("a position")?.to_string();
    let again = Said {
        status: 200,
        position: position.clone(),
        code: String::new(),
    };
    let other = json!({ "name": "something else" });
    let refused = |said: &Said| (said.status, said.code.as_str()) == (422, "command_mismatch");

    // "However long after": also by nodes that were started since.
    for restarted in [false, true] {
        if restarted {
            for node in 0..2 {
                cluster.stop_node(node).await?;
                cluster.start_node(node).await?;
            }
        }
        let typed = cluster.api(1)?.request(Method::POST, "/api/v1/tasks");
        let typed = typed.header("idempotency-key", id.to_string()).json(&data);
        let typed = send(typed).await?.expect(201)?;
        ensure!(
            typed.is_replayed() && typed.body["id"] == task.as_str(),
            "{}",
            typed.text
        );
        ensure!(typed.position() == first.position());
        for api in cluster.apis()? {
            let said = over_http(&api, "create_task", id, &task, &data).await?;
            ensure!(said == again, "{said:?}");
            let said = over_http(&api, "create_task", id, &task, &other).await?;
            ensure!(refused(&said), "{said:?}");
        }
        let said = over_nats(&bus, &token, "create_task", id, &task, &data).await?;
        ensure!(said == again, "{said:?}");
        let said = over_nats(&bus, &token, "create_task", id, &task, &other).await?;
        ensure!(refused(&said), "{said:?}");
        let said = over_cli(&cluster, "create_task", id, &task, &data, 0).await?;
        ensure!(
            said["verdict"] == "duplicate" && said["position"] == position.as_str(),
            "{said}"
        );
        over_cli(&cluster, "create_task", id, &task, &other, 1).await?;
    }
    let log = cluster.log().await?;
    let events = log
        .iter()
        .filter(|event| event.aggregate_id == task)
        .count();
    ensure!(events == 1, "{events} events");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g02_a_refusal_is_the_answer_for_good_on_every_transport() -> Result<()> {
    let cluster = Cluster::start(installation()).await?;
    let (bus, token, api) = (cluster.bus().await?, cluster.admin(), cluster.api(0)?);
    let made = api
        .post("/tasks", &json!({ "name": "not yet" }))
        .await?
        .expect(201)?;
    let task = made.body["id"].as_str().context("a task")?;
    let (id, data) = (Uuid::now_v7(), json!({}));
    let first = over_http(&api, "complete_task", id, task, &data).await?;
    ensure!(
        first.status == 422,
        "a pending task is not completed: {first:?}"
    );
    api.post(&format!("/tasks/{task}/start"), &json!({}))
        .await?
        .expect(200)?;

    // By now the rule would say yes, but this command was answered.
    let http = over_http(&api, "complete_task", id, task, &data).await?;
    let nats = over_nats(&bus, &token, "complete_task", id, task, &data).await?;
    ensure!(
        http == first && nats == first,
        "{first:?} {http:?} {nats:?}"
    );
    over_cli(&cluster, "complete_task", id, task, &data, 1).await?;
    let fresh = over_http(&api, "complete_task", Uuid::now_v7(), task, &data).await?;
    ensure!(fresh.status == 200, "{fresh:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g02_racers_over_two_nodes_and_both_doors_have_one_effect() -> Result<()> {
    const ROUNDS: usize = 40;
    const RACERS: usize = 12;
    let seed = Seed::of_run();
    let mut random = seed.random(1);
    let cluster = Cluster::start(installation().nodes(2)).await?;
    let (bus, token, apis) = (cluster.bus().await?, cluster.admin(), cluster.apis()?);
    let mut ids = Vec::new();
    for _ in 0..ROUNDS {
        let (id, task) = (Uuid::now_v7(), Uuid::now_v7().to_string());
        // Some come with another body under the same id.
        let racers = (0..RACERS).map(|_| (random.random_range(0..3), random.random_bool(0.2)));
        let racers: Vec<(usize, bool)> = racers.collect();
        let said = join_all(racers.iter().map(async |(door, stranger)| {
            let data = json!({ "name": if *stranger { "theirs" } else { "ours" } });
            let said = match apis.get(*door) {
                Some(api) => over_http(api, "create_task", id, &task, &data).await,
                None => over_nats(&bus, &token, "create_task", id, &task, &data).await,
            };
            anyhow::Ok((*stranger, said?))
        }));
        let said: Vec<(bool, Said)> = said.await.into_iter().collect::<Result<_>>()?;
        let winners: BTreeSet<_> = said.iter().filter(|(_, said)| said.status == 200).collect();
        ensure!(
            winners.len() == 1,
            "{seed:?}: one body at one position: {said:?}"
        );
        let strangers_won = winners.first().is_some_and(|(stranger, _)| *stranger);
        let losers = said
            .iter()
            .filter(|(stranger, _)| *stranger != strangers_won);
        for (_, loser) in losers {
            ensure!(loser.code == "command_mismatch", "{seed:?}: {loser:?}");
        }
        ids.push(id);
    }
    let log = cluster.log().await?;
    for id in ids {
        let effects = log.iter().filter(|event| event.command_id == id).count();
        ensure!(effects == 1, "{seed:?}: {id} had {effects} effects");
    }
    Ok(())
}
