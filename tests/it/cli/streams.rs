//! `streams show`.

use pantheon_events::tasks::UpdateTask;
use pantheon_events::{Actor, CommandContext};
use serde_json::{Value, json};

use super::words::{Cli, positions};
use crate::world::{ADMIN, World};

/// Renames a task so many times.
async fn rename(world: &World, task: &str, names: std::ops::Range<usize>) {
    let tasks = &world.node.app().commands.tasks;
    for n in names {
        let by = CommandContext::new(world.tenant, Actor::human(ADMIN), None);
        let update: UpdateTask =
            serde_json::from_value(json!({ "name": format!("name {n}") })).expect("a command");
        tasks.dispatch(task, update, by).await.expect("renamed");
    }
}

fn sequences(events: &[Value]) -> Vec<i64> {
    let sequence = |event: &Value| event["sequence"].as_str()?.parse().ok();
    events.iter().filter_map(sequence).collect()
}

#[tokio::test]
async fn a_stream_is_shown_whole_with_the_state_it_folds_to() {
    let world = World::new().await;
    let cli = Cli::of(&world);
    let id = world.named("first").await;
    rename(&world, &id, 0..1_004).await;
    let stream = format!("task/{id}");
    let shown = cli.json(&["streams", "show", &stream]).await;
    let events = shown["events"].as_array().expect("events");
    assert_eq!(sequences(events), (1..=1_005).collect::<Vec<_>>());
    assert_eq!(
        (&shown["sequence"], &shown["state"]["name"]),
        (&json!("1005"), &json!("name 1003"))
    );
    assert_eq!(shown["aggregate_id"], id.as_str());

    let table = cli.ok(&["streams", "show", &stream]).await;
    assert!(
        table.lines().count() > 1_005 && table.contains("name 1003"),
        "{table}"
    );
    let lines = cli.ndjson(&["streams", "show", &stream]).await;
    assert_eq!(
        (lines.len(), &lines[1_005]["sequence"]),
        (1_006, &json!("1005"))
    );
}

#[tokio::test]
async fn a_stream_is_shown_as_it_was_at_a_position_and_at_a_time() {
    let world = World::new().await;
    let cli = Cli::of(&world);
    let id = world.named("first").await;
    rename(&world, &id, 0..3).await;
    let stream = format!("task/{id}");
    let now = cli.json(&["streams", "show", &stream]).await;
    let events = now["events"].as_array().expect("events").clone();
    let (then, time) = (
        positions(&events)[1],
        events[1]["time"].as_str().expect("a time"),
    );
    for moment in [then.to_string(), time.to_owned()] {
        let shown = cli
            .json(&["streams", "show", &stream, "--as-of", &moment])
            .await;
        assert_eq!(shown["events"], json!(events[..2]), "{moment}");
        assert_eq!(shown["state"]["name"], "name 0", "{moment}");
    }
    cli.ends(&["streams", "show", &stream, "--as-of", "1"], 3)
        .await;
    cli.ends(&["streams", "show", &stream, "--as-of", "yesterday"], 2)
        .await;
}
