//! G6: read models are exact, also when they are built anew under load.

use anyhow::{Context, Result, ensure};
use pantheon_harness::Trial;
use serde_json::json;

use super::installation;

#[tokio::test(flavor = "multi_thread")]
async fn g06_every_read_model_rebuilt_under_load_equals_the_live_one() -> Result<()> {
    let trial = Trial::start(installation().nodes(2), 4).await?;
    trial.acknowledges(100).await;
    let api = trial.cluster.api(0)?;
    let all = api.get("/projections").await?.expect(200)?;
    let names = all.body["items"].as_array().context("read models")?;
    ensure!(names.len() >= 8, "{names:?}");
    for name in names.iter().filter_map(|item| item["name"].as_str()) {
        let path = format!("/projections/{name}/rebuild");
        let report = api.post(&path, &json!({})).await?.expect(200)?.body;
        ensure!(report["swapped"] == true, "{name}: {report}");
        ensure!(report["differences"] == json!([]), "{name}: {report}");
    }
    trial.acknowledges(50).await;
    // The judge folds the log once more, by code that shares nothing with the projector.
    let (cluster, _) = trial.judge().await?;
    let out = cluster
        .cli(1, &["projections", "verify", "tasks", "-o", "json"], 0)
        .await?;
    ensure!(out.contains("\"differences\""), "{out}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g06_a_row_changed_by_hand_is_found_and_rebuilt_from_the_log() -> Result<()> {
    let trial = Trial::start(installation(), 4).await?;
    trial.acknowledges(40).await;
    let api = trial.cluster.api(0)?;
    let tamper = "update read.tasks set name = 'by hand'
                  where id = (select id from read.tasks order by id limit 1)";
    sqlx::query(tamper).execute(trial.cluster.pool()).await?;
    let verify = ["projections", "verify", "tasks"];
    trial.cluster.cli(0, &verify, 6).await?;
    let rebuilt = api
        .post("/projections/tasks/rebuild", &json!({}))
        .await?
        .expect(200)?;
    ensure!(rebuilt.body["differences"] != json!([]), "{}", rebuilt.text);
    trial.cluster.cli(0, &verify, 0).await?;
    trial.judge().await?;
    Ok(())
}
