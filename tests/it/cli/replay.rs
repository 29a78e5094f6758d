//! `replay` into every target but NATS, which needs an installation (`dev.rs`).

use pantheon_events::TenantId;
use serde_json::{Value, json};

use super::words::{Cli, dense, lines, plant, positions, tasks};
use crate::world::World;

#[tokio::test]
async fn every_event_is_replayed_once_in_order_and_counted() {
    let world = World::new().await;
    let cli = Cli::of(&world);
    tasks(&world, world.tenant, 700).await;
    // What another tenant did stands between: it is part of the proof.
    let head = tasks(&world, TenantId::of_slug("elsewhere"), 500)
        .await
        .get();
    let (_, before) = world.get("/projections").await;

    let replay = cli
        .ends(&["replay", "--from", "0", "--to", &head.to_string()], 0)
        .await;
    assert_eq!(positions(&lines(&replay.out)), dense(1, head));
    let told = format!("{head} events read, {head} written, last position {head}");
    assert_eq!(replay.err, told);

    let part = cli
        .ends(&["replay", "--from", "10", "--to", "1200"], 0)
        .await;
    assert_eq!(positions(&lines(&part.out)), dense(10, 1_200));

    let all = cli.ends(&["replay", "--filter", "type=task_c*"], 0).await;
    assert_eq!(lines(&all.out).len(), 1_200);
    assert!(all.err.contains(" 1200 written"), "{}", all.err);
    let (_, after) = world.get("/projections").await;
    let lags = |answer: &Value| answer["items"].as_array().map(Vec::len);
    assert_eq!(lags(&before), lags(&after));
    let events = world.head().await.get();
    assert!(
        events < head + 50,
        "a replay makes no events: {events} after {head}"
    );
}

#[tokio::test]
async fn a_replay_makes_a_new_file_and_never_writes_over_one() {
    let world = World::new().await;
    let cli = Cli::of(&world);
    let head = tasks(&world, world.tenant, 20).await.get();
    let path = cli.dir().join("events.ndjson");
    let target = format!("file:{}", path.display());
    let to = head.to_string();
    let replay = ["replay", "--to", &to, "--target", &target];
    let report = cli.json(&replay).await;
    let expected = json!({ "from": "1", "position": to, "read": head, "written": head });
    assert_eq!(report, expected);
    let written = std::fs::read_to_string(&path).expect("the file");
    assert_eq!(positions(&lines(&written)), dense(1, head));
    let again = cli.ends(&replay, 2).await;
    for word in ["events.ndjson", "choose another path"] {
        assert!(again.err.contains(word), "{}", again.err);
    }
    assert_eq!(std::fs::read_to_string(&path).expect("the file"), written);
}

#[tokio::test]
async fn what_is_not_in_the_log_yet_ends_a_replay_with_7() {
    let world = World::new().await;
    let cli = Cli::of(&world);
    for args in [
        &["replay", "--to", "999999"][..],
        &["replay", "--from", "999999"],
        &["replay", "--to", "999999", "--target", "projection:tasks"],
    ] {
        let ended = cli.ends(args, 7).await;
        assert!(
            ended.err.contains("the log ends at"),
            "{args:?}: {}",
            ended.err
        );
        assert_eq!(ended.out, "");
    }
}

#[tokio::test]
async fn a_log_with_a_hole_ends_a_replay_with_6_and_names_the_position() {
    let world = World::new().await;
    tasks(&world, world.tenant, 30).await;
    let pool = world.database.pool(1).await.expect("a connection");
    let vandal = "set session_replication_role = replica; delete from events where position = 40";
    sqlx::raw_sql(vandal).execute(&pool).await.expect("deleted");
    // A node has the log's end in memory; a fresh one reads it from the database.
    let world = world.restarted().await;
    let ended = Cli::of(&world).ends(&["replay"], 6).await;
    assert!(ended.err.contains("position 40"), "{}", ended.err);
}

#[tokio::test]
async fn an_admin_of_one_tenant_replays_what_is_its_own_and_is_told_so() {
    let world = World::new().await;
    tasks(&world, world.tenant, 10).await;
    tasks(&world, TenantId::of_slug("elsewhere"), 10).await;
    let cli = Cli::of(&world).set("PANTHEON_TOKEN", world.stranger());
    let replay = cli.ends(&["replay"], 0).await;
    let events = lines(&replay.out);
    assert_eq!(events.len(), 10);
    let own = json!(TenantId::of_slug("elsewhere"));
    assert!(events.iter().all(|event| event["tenant"] == own));
    assert!(replay.err.contains("one tenant"), "{}", replay.err);
}

#[tokio::test]
async fn a_replay_at_the_pace_of_then_takes_as_long_as_it_took() {
    let world = World::new().await;
    let cli = Cli::of(&world);
    let payload = r#"{"name": "planted"}"#;
    let first = plant(&world, "task_created", payload, "0").await;
    let last = plant(&world, "task_created", payload, "400 ms").await;
    let pause = std::time::Duration::from_millis(400);
    let (from, to) = (first.to_string(), last.to_string());
    let replay = ["replay", "--from", &from, "--to", &to, "--speed", "1x"];
    let began = std::time::Instant::now();
    cli.ends(&replay, 0).await;
    assert!(began.elapsed() >= pause, "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_scratch_projection_holds_the_rows_of_then_beside_the_live_ones() {
    let world = World::new().await;
    let cli = Cli::of(&world);
    let then = tasks(&world, world.tenant, 3).await.get();
    tasks(&world, world.tenant, 4).await;
    world.current("/tasks").await;
    let to = then.to_string();
    let replay = ["replay", "--to", &to, "--target", "projection:tasks"];
    let report = cli.json(&replay).await;
    assert_eq!(
        (&report["position"], &report["events"]),
        (&json!(to), &json!(then))
    );
    assert_eq!(report["schema"], "scratch_tasks");
    let tables = report["tables"].as_array().expect("tables");
    let of_tasks = tables.iter().find(|table| table["table"] == "tasks");
    assert_eq!(of_tasks.expect("the table")["rows"], 3);

    let pool = world.database.pool(1).await.expect("a connection");
    let count = |schema: &'static str| {
        let pool = pool.clone();
        async move {
            let count = format!("select count(*) from {schema}.tasks");
            let count = sqlx::query_scalar::<_, i64>(&count).fetch_one(&pool).await;
            count.expect("a count")
        }
    };
    assert_eq!((count("scratch_tasks").await, count("read").await), (3, 7));

    let now = cli.json(&["replay", "--target", "projection:tasks"]).await;
    assert!(now["events"].as_i64() > Some(then), "{now}");
    assert_eq!((count("scratch_tasks").await, count("read").await), (7, 7));
    let status = cli.json(&["projections", "status", "tasks"]).await;
    assert_eq!(
        (&status["state"], &status["rebuilds"][0]["kind"]),
        (&json!("running"), &json!("replay"))
    );
    assert_eq!(status["rebuilds"][0]["state"], "kept");
    cli.ends(&["replay", "--target", "projection:none"], 3)
        .await;
}
