//! `schema list|show|check`.

use serde_json::json;

use super::words::{Cli, plant, tasks};
use crate::world::World;

#[tokio::test]
async fn the_schemas_are_those_of_the_server() {
    let world = World::new().await;
    let cli = Cli::new();
    let url = format!("http://{}/schemas", world.node.address());
    let listed: serde_json::Value = reqwest::get(&url)
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON");
    assert_eq!(cli.json(&["schema", "list"]).await, listed);
    assert_eq!(
        json!(cli.ndjson(&["schema", "list"]).await),
        listed["items"]
    );
    let one: serde_json::Value = reqwest::get(format!("{url}/task_created/1"))
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON");
    assert_eq!(cli.json(&["schema", "show", "task_created/1"]).await, one);
    let lines = cli.ndjson(&["schema", "show", "task_created"]).await;
    assert_eq!(lines, [one]);
}

#[tokio::test]
async fn a_log_that_fits_its_schemas_is_said_to() {
    let world = World::new().await;
    let cli = Cli::of(&world);
    let head = tasks(&world, world.tenant, 1_100).await.get();
    let report = cli.json(&["schema", "check"]).await;
    assert!(
        report["events"].as_i64() >= Some(head),
        "{report} after {head}"
    );
    assert_eq!(
        (&report["misfits"], &report["unfit"]),
        (&json!(0), &json!([]))
    );
    let some = cli.json(&["schema", "check", "--last", "5"]).await;
    assert_eq!(some["events"], 5);
}

#[tokio::test]
async fn an_event_that_does_not_fit_is_found_wherever_it_stands() {
    let world = World::new().await;
    let cli = Cli::of(&world);
    let bad = plant(&world, "task_created", r#"{"nonsense": true}"#, "0").await;
    let unknown = plant(&world, "task_exploded", "{}", "0").await;
    tasks(&world, world.tenant, 1_100).await;
    let ended = cli.ends(&["schema", "check", "-o", "json"], 6).await;
    let report: serde_json::Value = serde_json::from_str(&ended.out).expect("JSON");
    assert_eq!(report["misfits"], 2, "{report}");
    let found: Vec<_> = report["unfit"]
        .as_array()
        .expect("misfits")
        .iter()
        .map(|one| one["position"].as_str().expect("a position").to_owned())
        .collect();
    assert_eq!(found, [bad.to_string(), unknown.to_string()]);
    assert!(ended.err.contains("2 events"), "{}", ended.err);
}
