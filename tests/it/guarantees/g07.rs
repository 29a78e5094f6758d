//! G7: read your own writes, on any node, under load.

use anyhow::{Context, Result, ensure};
use pantheon::auth::table;
use pantheon_events::TenantId;
use pantheon_harness::{Api, Cluster, Seed, Trial};
use rand::Rng;
use rand::rngs::StdRng;
use serde_json::json;
use tokio::task::JoinSet;

use super::installation;

/// Writes on one node and reads on another, naming the position of the write.
async fn write_and_read(nodes: Vec<Api>, mut random: StdRng) -> Result<()> {
    for n in 0..20 {
        let mut node = || &nodes[random.random_range(0..nodes.len())];
        let name = format!("mine {n}");
        let made = node().post("/tasks", &json!({ "name": name })).await?;
        let position = made
            .position()
            .context("a command's answer has a position")?;
        let task = made.body["id"].as_str().context("a task")?.to_owned();
        let path = format!("/tasks/{task}?min_position={position}&wait=10");
        let read = node().get(&path).await?.expect(200)?;
        ensure!(read.body["task"]["name"] == name, "{}", read.text);
        ensure!(read.position() >= Some(position), "{:?}", read.headers);

        let changed = json!({ "description": "seen at once" });
        let changed = node().patch(&format!("/tasks/{task}"), &changed).await?;
        let position = changed.position().context("a position")?;
        let list = format!("/tasks?limit=200&min_position={position}&wait=10");
        let list = node().get(&list).await?.expect(200)?;
        let reflects = list.position() >= Some(position);
        ensure!(
            reflects,
            "the list says {:?} of {position}",
            list.position()
        );
        let path = format!("/tasks/{task}?min_position={position}&wait=10");
        let read = node().get(&path).await?.expect(200)?;
        ensure!(
            read.body["task"]["description"] == "seen at once",
            "{}",
            read.text
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g07_what_was_written_on_one_node_is_read_on_the_other_under_load() -> Result<()> {
    let trial = Trial::start(installation().nodes(2), 4).await?;
    let mut writers = JoinSet::new();
    for writer in 0..6 {
        let random = trial.seed.random(writer);
        writers.spawn(write_and_read(trial.cluster.apis()?, random));
    }
    while let Some(ended) = writers.join_next().await {
        ended?.with_context(|| format!("{:?}", trial.seed))?;
    }
    trial.judge().await?;
    Ok(())
}

/// Pages that show the installation itself and no read model, and what never ends.
const NO_QUERIES: [&str; 19] = [
    "/api/v1/auth/github",
    "/api/v1/auth/github/callback",
    "/api/v1/health",
    "/api/v1/preflight",
    "/api/v1/ws",
    "/api/v1/live",
    "/api/v1/events/stream",
    "/api/v1/logs/stream",
    "/api/v1/database/schema",
    "/api/v1/database/status",
    "/api/v1/database/status/detailed",
    "/api/v1/infrastructure/database",
    "/api/v1/commands",
    "/api/v1/projections",
    "/api/v1/projections/{name}",
    "/api/v1/bus",
    "/api/v1/events/{id}",
    "/api/v1/events/{id}/trace",
    "/api/v1/streams/{type}/{id}/state",
];

#[tokio::test(flavor = "multi_thread")]
async fn g07_every_query_waits_for_a_position_and_says_in_time_when_it_does_not_come() -> Result<()>
{
    let seed = Seed::of_run();
    let cluster = Cluster::start(installation()).await?;
    let api = cluster.api(0)?;
    let made = api
        .post("/tasks", &json!({ "name": "one" }))
        .await?
        .expect(201)?;
    let position = made.position().context("a position")?;
    let ahead = position + seed.random(1).random_range(1_000..1_000_000);
    let mut deaf = Vec::new();
    let queries = table::routes().filter(|row| row.method == "GET");
    for row in
        queries.filter(|row| row.path.starts_with("/api/v1") && !NO_QUERIES.contains(&row.path))
    {
        let path = row
            .path
            .trim_start_matches("/api/v1")
            .replace("{type}", "task");
        let home = TenantId::default_organization().to_string();
        let path = path.replace("{org_id}", &home);
        let some = made.body["id"].as_str().context("an id")?;
        let names = ["{id}", "{user_id}", "{team_id}", "{email}", "{username}"];
        let path = names.iter().fold(path, |all, name| all.replace(name, some));
        let path = path.replace("{resource_type}", "release");
        let late = api
            .get(&format!("{path}?min_position={ahead}&wait=0.1"))
            .await?;
        if late.status != 504 || late.code() != "projection_behind" {
            deaf.push(format!("{path}: {late:?}"));
        }
    }
    ensure!(deaf.is_empty(), "{deaf:#?}");
    Ok(())
}
