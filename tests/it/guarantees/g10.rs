//! G10: a poison event stops one stream in one projection, is seen, and is replayed after the fix.

use anyhow::{Context, Result, ensure};
use pantheon_harness::{Api, Cluster, PATIENCE, eventually, send};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::installation;

/// What the read model cannot store, until somebody mends it.
const CANNOT_STORE: &str = "alter table read.tasks add constraint mended check (name <> 'poison')";
const MENDED: &str = "alter table read.tasks drop constraint mended";

async fn sql(cluster: &Cluster, statement: &str) -> Result<()> {
    sqlx::raw_sql(statement).execute(cluster.pool()).await?;
    Ok(())
}

async fn made(api: &Api, name: &str) -> Result<(String, i64)> {
    let made = api.post("/tasks", &json!({ "name": name })).await?;
    let task = made.body["id"]
        .as_str()
        .with_context(|| made.text.clone())?;
    Ok((task.to_owned(), made.position().context("a position")?))
}

/// Waits until both nodes say of a part what is wanted of it.
async fn both_say(cluster: &Cluster, part: &str, wanted: impl Fn(&Value) -> bool) -> Result<()> {
    for api in cluster.apis()? {
        eventually(PATIENCE, async || {
            let part = api.part(part).await?;
            ensure!(wanted(&part), "{part}");
            anyhow::Ok(())
        })
        .await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g10_a_poison_event_is_parked_shown_and_replayed_after_the_fix() -> Result<()> {
    let cluster = Cluster::start(installation().nodes(2)).await?;
    let api = cluster.api(0)?;
    sql(&cluster, CANNOT_STORE).await?;
    made(&api, "before").await?;
    let (sick, at) = made(&api, "poison").await?;
    api.patch(
        &format!("/tasks/{sick}"),
        &json!({ "description": "later" }),
    )
    .await?;
    let (well, position) = made(&api, "after").await?;

    // Everybody else is served, on both nodes.
    for api in cluster.apis()? {
        let path = format!("/tasks/{well}?min_position={position}&wait=10");
        api.get(&path).await?.expect(200)?;
        api.get(&format!("/tasks/{sick}")).await?.expect(404)?;
        api.ready().await?.expect(200)?;
    }
    both_say(&cluster, "projection:tasks", |part| {
        part["ok"] == true && part["parked_streams"] == 1
    })
    .await?;
    let other = api.part("projection:activity").await?;
    ensure!(
        other["parked_streams"].is_null(),
        "one projection alone: {other}"
    );
    let status = ["projections", "status", "tasks", "-o", "json"];
    let status: Value = serde_json::from_str(&cluster.cli(0, &status, 0).await?)?;
    let parked = &status["parked_streams"][0];
    ensure!(
        parked["aggregate_id"] == sick.as_str() && parked["position"] == at.to_string().as_str(),
        "{status}"
    );
    // What kind of fault it is; the database's own words stay in the process log.
    let error = parked["error"].as_str().unwrap_or_default();
    ensure!(!error.is_empty() && !error.contains("mended"), "{parked}");
    let list = cluster.cli(0, &["projections", "list"], 0).await?;
    ensure!(list.contains("PARKED"), "{list}");

    // Not mended yet: it stays parked, and whoever asked is told (exit 6).
    let replay = ["projections", "replay-parked", "tasks", "-o", "json"];
    let replayed: Value = serde_json::from_str(&cluster.cli(0, &replay, 6).await?)?;
    ensure!(replayed["replayed"][0]["healed"] == false, "{replayed}");
    sql(&cluster, MENDED).await?;
    let replayed: Value = serde_json::from_str(&cluster.cli(1, &replay, 0).await?)?;
    ensure!(replayed["replayed"][0]["healed"] == true, "{replayed}");
    both_say(&cluster, "projection:tasks", |part| {
        part["parked_streams"].is_null()
    })
    .await?;
    let healed = api.get(&format!("/tasks/{sick}")).await?.expect(200)?;
    ensure!(
        healed.body["task"]["description"] == "later",
        "{}",
        healed.text
    );
    cluster
        .cli(0, &["projections", "verify", "tasks"], 0)
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g10_a_projection_of_approvals_stops_whole_and_resumes_after_the_fix() -> Result<()> {
    let cluster = Cluster::start(installation().nodes(2)).await?;
    let api = cluster.api(0)?;
    let cannot = CANNOT_STORE
        .replace("tasks", "approvals")
        .replace("name", "title");
    sql(&cluster, &cannot).await?;
    let policy = json!({ "rules": [{ "stages": [{ "name": "lead", "approvers": { "roles": ["admin"] } }] }] });
    let path = "/api/v1/approval-policies/release";
    let defined = send(api.request(Method::PUT, path).json(&policy)).await?;
    ensure!(defined.status.is_success(), "{}", defined.text);
    let ask = async |title: &str| {
        let body =
            json!({ "resource_type": "release", "resource_id": Uuid::now_v7(), "title": title });
        let asked = api.post("/approvals", &body).await?;
        ensure!(asked.status.is_success(), "{}", asked.text);
        asked.position().context("a position")
    };
    ask("before").await?;
    ask("poison").await?;
    let later = ask("after").await?;

    both_say(&cluster, "projection:approvals", |part| part["ok"] == false).await?;
    let log = cluster.log().await?;
    let poison = log.iter().find(|event| event.payload["title"] == "poison");
    let poison = poison.context("it is in the log")?.position;
    let part = api.part("projection:approvals").await?;
    ensure!(
        part["message"]
            .as_str()
            .is_some_and(|said| said.contains(&poison.to_string())),
        "{poison}: {part}"
    );
    let ready = api.ready().await?.expect(503)?;
    ensure!(
        ready.body["failing"] == json!(["projection:approvals"]),
        "{}",
        ready.text
    );
    // It stands before the event; what was written behind it is not shown as if nothing were.
    let late = api
        .get(&format!("/approvals?min_position={later}&wait=0.5"))
        .await?;
    late.expect(504)?;
    made(&api, "others go on").await?;

    sql(&cluster, &MENDED.replace("tasks", "approvals")).await?;
    cluster
        .cli(0, &["projections", "resume", "approvals"], 0)
        .await?;
    both_say(&cluster, "projection:approvals", |part| part["ok"] == true).await?;
    let all = api
        .get(&format!("/approvals?min_position={later}&wait=10"))
        .await?
        .expect(200)?;
    ensure!(
        all.text.contains("poison") && all.text.contains("after"),
        "{}",
        all.text
    );
    cluster
        .cli(0, &["projections", "verify", "approvals"], 0)
        .await?;
    cluster.well(0).await
}
