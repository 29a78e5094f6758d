//! G14: it says when it is not well within five seconds, and heals by itself.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use pantheon_harness::{Api, Cluster, Fault, PATIENCE, eventually};
use serde_json::json;

use super::installation;

const SAID_WITHIN: Duration = Duration::from_secs(5);

/// Waits until a part is said to be unwell; it has to be within five seconds of `since`.
async fn says(api: &Api, part: &str, since: Instant) -> Result<()> {
    let ready = eventually(PATIENCE, async || {
        let ready = api.ready().await?;
        let failing = ready.body["failing"].as_array().into_iter().flatten();
        ensure!({ failing }.any(|name| name == part), "{}", ready.text);
        Ok(ready)
    })
    .await;
    let took = since.elapsed();
    ensure!(
        took <= SAID_WITHIN,
        "{part} was said to be unwell after {took:?}"
    );
    ready.expect(503)?;
    Ok(())
}

async fn task(api: &Api) -> Result<u16> {
    Ok(api
        .post("/tasks", &json!({ "name": "a task" }))
        .await?
        .status
        .as_u16())
}

#[tokio::test(flavor = "multi_thread")]
async fn g14_a_database_that_is_gone_is_said_and_the_node_heals_when_it_is_back() -> Result<()> {
    let mut cluster = Cluster::start(installation()).await?;
    let api = cluster.api(0)?;
    let since = Instant::now();
    cluster.postgres.kill9().await;
    says(&api, "database", since).await?;
    let refused = api
        .post("/tasks", &json!({ "name": "a task" }))
        .await?
        .expect(503)?;
    ensure!(
        refused.headers.contains_key("retry-after"),
        "{:?}",
        refused.headers
    );
    cluster.postgres.restart().await?;
    cluster.well(0).await?;
    ensure!(task(&api).await? == 201);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g14_a_database_that_hangs_is_said_and_the_node_heals_when_it_answers() -> Result<()> {
    let cluster = Cluster::start(installation().proxied()).await?;
    let api = cluster.api(0)?;
    let links = cluster.links.as_ref().expect("proxied");
    let since = Instant::now();
    links.postgres.set(Fault::Stall);
    says(&api, "database", since).await?;
    api.post("/tasks", &json!({ "name": "a task" }))
        .await?
        .expect(503)?;
    links.postgres.heal();
    cluster.well(0).await?;
    ensure!(task(&api).await? == 201);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g14_nats_gone_is_said_with_the_age_of_what_waits_and_heals_when_it_is_back() -> Result<()>
{
    let mut cluster = Cluster::start(installation()).await?;
    let api = cluster.api(0)?;
    let since = Instant::now();
    cluster.nats.kill9().await;
    says(&api, "nats", since).await?;
    let since = Instant::now();
    ensure!(task(&api).await? == 201, "commands are not concerned");
    says(&api, "relay", since).await?;
    let relay = api.part("relay").await?;
    ensure!(relay["oldest_age_seconds"].as_f64() > Some(0.0), "{relay}");
    cluster.nats.restart().await?;
    cluster.well(0).await
}

#[tokio::test(flavor = "multi_thread")]
async fn g14_a_bus_that_takes_no_events_is_said_by_their_age_and_heals_when_it_does() -> Result<()>
{
    let cluster = Cluster::start(installation().proxied()).await?;
    let api = cluster.api(0)?;
    let links = cluster.links.as_ref().expect("proxied");
    links.nats.set(Fault::Stall);
    let since = Instant::now();
    ensure!(task(&api).await? == 201, "commands are not concerned");
    says(&api, "relay", since).await?;
    links.nats.heal();
    cluster.well(0).await
}

#[tokio::test(flavor = "multi_thread")]
async fn g14_a_projector_that_stands_still_is_said_by_age_and_heals_when_it_can() -> Result<()> {
    let cluster = Cluster::start(installation()).await?;
    let api = cluster.api(0)?;
    // Somebody holds the rows: no error comes, nothing happens.
    let mut held = cluster.pool().begin().await?;
    sqlx::raw_sql("lock table read.tasks in share mode")
        .execute(&mut *held)
        .await?;
    let since = Instant::now();
    ensure!(
        task(&api).await? == 202,
        "the command is done, its row is late"
    );
    says(&api, "projection:tasks", since).await?;
    let part = api.part("projection:tasks").await?;
    ensure!(part["oldest_age_seconds"].as_f64() > Some(1.0), "{part}");
    let others = api.part("projection:agents").await?;
    ensure!(others["ok"] == true, "{others}");
    held.rollback().await?;
    cluster.well(0).await
}
