//! `projections …`.

use serde_json::{Value, json};
use sqlx::PgPool;

use super::words::{Cli, ended, tasks};
use crate::world::World;

async fn pool(world: &World) -> PgPool {
    world.database.pool(2).await.expect("a connection")
}

async fn run(pool: &PgPool, statement: &str) {
    let done = sqlx::raw_sql(statement).execute(pool).await;
    done.unwrap_or_else(|error| panic!("{statement}: {error}"));
}

/// A node with some tasks in the read model.
async fn with_tasks(count: usize) -> (World, Cli) {
    let world = World::new().await;
    tasks(&world, world.tenant, count).await;
    world.current("/tasks").await;
    let cli = Cli::of(&world);
    (world, cli)
}

#[tokio::test]
async fn the_read_models_are_listed_paused_and_resumed() {
    let (world, cli) = with_tasks(1).await;
    let list = cli.json(&["projections", "list"]).await;
    let names: Vec<_> = list["items"].as_array().expect("items").iter().collect();
    assert!(names.iter().any(|one| one["name"] == "tasks") && list["position"].is_string());
    assert_eq!(
        cli.ndjson(&["projections", "list"]).await.len(),
        names.len()
    );
    assert!(cli.ok(&["projections", "list"]).await.contains("POSITION"));

    cli.ok(&["projections", "pause", "tasks"]).await;
    let status = cli.json(&["projections", "status", "tasks"]).await;
    assert_eq!(status["state"], "paused");
    cli.ok(&["projections", "resume", "tasks"]).await;
    let (_, status) = world.get("/projections/tasks").await;
    assert_eq!(status["state"], "running");
    assert!(
        cli.ok(&["projections", "status", "tasks"])
            .await
            .contains("running")
    );
    let replayed = cli.json(&["projections", "replay-parked", "tasks"]).await;
    assert_eq!(replayed, json!({ "name": "tasks", "replayed": [] }));
}

#[tokio::test]
async fn a_model_that_is_not_what_the_log_gives_is_6_and_healed_by_a_rebuild() {
    let (world, cli) = with_tasks(5).await;
    let good = cli.json(&["projections", "verify", "tasks"]).await;
    assert_eq!(
        (&good["differences"], &good["swapped"]),
        (&json!([]), &json!(false))
    );

    let pool = pool(&world).await;
    run(
        &pool,
        "update read.tasks set name = 'tampered' where name = 'task 3'",
    )
    .await;
    let found = cli.ends(&["projections", "verify", "tasks"], 6).await;
    assert!(
        found.out.contains("tasks only live: {") && found.out.contains("tampered"),
        "{found:?}"
    );
    assert!(found.out.contains("tasks only rebuilt: {"), "{found:?}");
    assert!(
        found.err.contains("1 rows are only in it, 1 are missing"),
        "{found:?}"
    );
    let found = cli
        .ends(&["projections", "verify", "tasks", "-o", "json"], 6)
        .await;
    let report: Value = serde_json::from_str(&found.out).expect("JSON");
    assert_eq!(report["differences"][0]["table"], "tasks");

    let healed = cli.json(&["projections", "rebuild", "tasks"]).await;
    assert_eq!(
        (&healed["swapped"], &healed["differences"][0]["only_live"]),
        (&json!(true), &json!(1))
    );
    cli.ok(&["projections", "verify", "tasks"]).await;

    cli.ok(&["projections", "rebuild", "tasks", "--rollback"])
        .await;
    cli.ends(&["projections", "verify", "tasks"], 6).await;
    let twice = cli
        .ends(&["projections", "rebuild", "tasks", "--rollback"], 5)
        .await;
    assert!(twice.err.contains("no earlier rows"), "{}", twice.err);
}

#[tokio::test]
async fn verify_waits_for_the_end_however_long_the_server_takes() {
    let (world, cli) = with_tasks(3).await;
    let pool = pool(&world).await;
    let mut lock = pool.begin().await.expect("a transaction");
    // Whoever compares has to wait for the rows.
    sqlx::raw_sql("lock table read.tasks in access exclusive mode")
        .execute(&mut *lock)
        .await
        .expect("locked");
    let verify = cli.start(&[
        "projections",
        "verify",
        "tasks",
        "-o",
        "json",
        "--timeout",
        "1s",
    ]);
    let books = async || {
        let (_, status) = world.get("/projections/tasks").await;
        status["rebuilds"][0]["state"] == "building"
    };
    pantheon_harness::soon(books).await;
    // A second one is refused, and the first one outlives its own request.
    cli.ends(&["projections", "verify", "tasks"], 5).await;
    let waits = async || {
        let said = verify.stderr().join("\n");
        said.contains("goes on at the server")
            .then_some(())
            .ok_or(said)
    };
    pantheon_harness::soon(waits).await;
    assert_eq!(verify.stdout(), Vec::<String>::new());
    lock.rollback().await.expect("unlocked");

    let verify = ended(verify).await;
    assert_eq!(verify.exit, Some(0), "{verify:?}");
    let report: Value = serde_json::from_str(&verify.out).expect("JSON");
    assert_eq!(
        (&report["projection"], &report["differences"]),
        (&json!("tasks"), &json!([]))
    );
}

#[tokio::test]
async fn a_rebuild_whose_process_ended_is_told_as_failed() {
    let (world, cli) = with_tasks(1).await;
    let left = "insert into projection_rebuilds (projection, version, kind) values ('tasks', 1, 'rebuild')";
    run(&pool(&world).await, left).await;
    let status = cli.json(&["projections", "status", "tasks"]).await;
    let line = &status["rebuilds"][0];
    assert_eq!(
        (&line["state"], &line["error"]),
        (&json!("failed"), &json!("its process ended"))
    );
}

#[tokio::test]
async fn a_stream_that_stays_parked_is_6() {
    let (world, cli) = with_tasks(1).await;
    // No event of a task's stream can be at fault here, so the stream is parked by hand at one that
    // the projection cannot read.
    let planted = super::words::plant(&world, "task_created", r#"{"nonsense": 1}"#, "0").await;
    let parked = async || {
        let (_, status) = world.get("/projections/tasks").await;
        status["parked_streams"][0].is_object().then_some(status)
    };
    let status = pantheon_harness::soon(parked).await;
    assert!(
        status.to_string().contains(&planted.to_string()),
        "{status}"
    );
    let ended = cli
        .ends(&["projections", "replay-parked", "tasks", "-o", "json"], 6)
        .await;
    let answer: Value = serde_json::from_str(&ended.out).expect("JSON");
    assert_eq!(answer["replayed"][0]["healed"], false, "{answer}");
    let table = cli.ok(&["projections", "status", "tasks"]).await;
    assert!(table.contains("AGGREGATE_ID"), "{table}");
}
