//! F14: some events cannot be stored by one read model. Exactly their streams stand still in it,
//! everybody else goes on, and all is well once the cause is mended.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use pantheon_harness::{Api, PATIENCE, Trial, eventually};
use rand::Rng;
use serde_json::{Value, json};

use crate::{Outcome, Run};

/// What the read model cannot store, until somebody mends it.
const CANNOT_STORE: &str =
    "alter table read.tasks add constraint mended check (name not like 'poison%') not valid";
const MENDED: &str = "alter table read.tasks drop constraint mended";
/// How late others may be shown, in milliseconds.
const LAG: u64 = 1_000;

pub async fn run(run: &Run) -> Result<Outcome> {
    let mut trial = run.stage().await?;
    let mut random = run.seed.random(1);
    let usual = run.usual(&trial).await;
    trial.cluster.sql(CANNOT_STORE).await?;
    let mut sick = BTreeSet::new();
    for number in 0..run.count {
        run.lull(&trial, &mut random, 1.0..3.0).await;
        let api = trial.cluster.api(random.random_range(0..2))?;
        let id = made(&api, &format!("poison {number}")).await?.0;
        let change = json!({ "description": "later" });
        api.patch(&format!("/tasks/{id}"), &change).await?;
        sick.insert(id);
        for api in trial.cluster.apis()? {
            let lag = lag(&api).await?;
            trial
                .gauges
                .push(run.within("ms until another stream was shown", lag, LAG));
        }
    }
    let parked = parked(&trial, sick.len()).await?;
    let only = parked == sick;
    trial.cluster.sql(MENDED).await?;
    let replay = ["projections", "replay-parked", "tasks", "-o", "json"];
    trial.cluster.cli(0, &replay, 0).await?;
    run.recovers(&mut trial, usual).await;
    // The judge holds every row against a fold of the log: also those that were parked.
    let mut outcome = run.judge(trial, run.count).await?;
    outcome.holds(only, || format!("parked: {parked:?}, at fault: {sick:?}"));
    Ok(outcome)
}

async fn made(api: &Api, name: &str) -> Result<(String, i64)> {
    let made = api.post("/tasks", &json!({ "name": name })).await?;
    let id = made.body["id"]
        .as_str()
        .with_context(|| made.text.clone())?;
    Ok((id.to_owned(), made.position().context("a position")?))
}

/// Milliseconds until a task of somebody else is shown.
async fn lag(api: &Api) -> Result<u64> {
    let since = Instant::now();
    let (id, position) = made(api, "well").await?;
    let path = format!("/tasks/{id}?min_position={position}&wait=10");
    eventually(PATIENCE, async || api.get(&path).await?.expect(200)).await;
    Ok(u64::try_from(since.elapsed().as_millis())?)
}

/// The streams that stand still in the read model of tasks, once they are so many.
async fn parked(trial: &Trial, count: usize) -> Result<BTreeSet<String>> {
    let api = trial.cluster.api(0)?;
    let found = eventually(PATIENCE, async || {
        let status = api.get("/projections/tasks").await?.expect(200)?;
        let streams = status.body["parked_streams"].as_array();
        let ids = streams.into_iter().flatten();
        let ids: Vec<Value> = ids.map(|one| one["aggregate_id"].clone()).collect();
        ensure!(ids.len() >= count, "{} of {count} are parked", ids.len());
        Ok(ids)
    })
    .await;
    // One that is parked too much comes soon after the others, if it comes.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let ids = found.iter().filter_map(Value::as_str);
    Ok(ids.map(str::to_owned).collect())
}
