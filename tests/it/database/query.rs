//! Questions in SQL: the answer, the limits, the refusals, the note in the log.

use pantheon_events::TenantId;
use serde_json::{Value, json};

use super::words::CANARY;
use crate::world::{World, refused, reply};

/// A world with three tasks at home and one elsewhere.
async fn world() -> World {
    let world = World::new().await;
    world.elsewhere().await;
    for name in ["one", "two", "three"] {
        world.task_named(&world.admin, name).await;
    }
    world.task_named(&world.stranger(), CANARY).await;
    world.settled().await;
    world
}

/// The notes of questions in the log.
async fn notes(world: &World) -> Vec<Value> {
    let events = world.events("database", &world.tenant.to_string()).await;
    let notes = events.into_iter();
    let notes = notes.filter(|(kind, _)| kind == "database_query_executed");
    notes.map(|(_, data)| data).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_answered_with_the_tenants_rows_and_noted_without_its_literals() {
    let world = world().await;
    let sql = "select name, progress, metadata from console.tasks where name <> 'two' order by name -- hi";
    let answer = world.query(sql).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(
        answer.body,
        json!([{ "name": "one", "progress": 0, "metadata": {} },
               { "name": "three", "progress": 0, "metadata": {} }])
    );
    assert!(answer.headers.get("pantheon-truncated").is_none());
    let position = answer.headers["pantheon-position"].to_str().expect("text");
    assert_eq!(position, world.head().await.to_string());
    let note = notes(&world).await.pop().expect("a note");
    let text = "SELECT name, progress, metadata FROM console.tasks WHERE name <> ? ORDER BY name";
    assert_eq!(
        (
            &note["query"],
            &note["rows"],
            &note["outcome"],
            &note["user_id"]
        ),
        (
            &json!(text),
            &json!(2),
            &json!("completed"),
            &json!(crate::world::ADMIN)
        )
    );
    assert!(note["duration_ms"].is_i64(), "{note}");
    // Each kind of question, and unqualified names.
    for (sql, rows) in [
        ("select count(*) as n from tasks", json!([{ "n": 3 }])),
        (
            "with t as (select 1 as a) select a from t",
            json!([{ "a": 1 }]),
        ),
        ("values (1, 'x')", json!([{ "column1": 1, "column2": "x" }])),
        ("select 1 as a where false", json!([])),
        (
            "select 12345678901234567890.5 as n, null as x",
            json!([{ "n": 12345678901234567890.5, "x": null }]),
        ),
    ] {
        assert_eq!(world.rows(sql).await, rows, "{sql}");
    }
    let plan = world.rows("explain select * from tasks").await;
    assert!(plan[0]["QUERY PLAN"].is_string(), "{plan}");
    // A repeat runs again, under the same key too.
    let before = notes(&world).await.len();
    for _ in 0..2 {
        let request = world.question(&world.admin, "select 1 as a");
        let key = "0198c7a0-0000-7000-8000-00000000beef";
        let again = reply(request.header("idempotency-key", key)).await;
        assert_eq!(again.status, 200, "{}", again.body);
        assert!(again.headers.get("idempotency-replayed").is_none());
    }
    assert_eq!(notes(&world).await.len(), before + 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_and_costs_have_their_limits_and_refusals_their_codes() {
    let world = world().await;
    let letters = "select name as a from tasks union all select name from tasks union all select name from tasks union all select name from tasks";
    let many = format!("with t as ({letters}) select x.a from t x, t y, t z");
    let answer = world.query(&many).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.headers["pantheon-truncated"], "true");
    assert_eq!(answer.body.as_array().map(Vec::len), Some(1_000));
    for (sql, code) in [
        ("delete from tasks", "query_not_allowed"),
        ("select * from read.tasks", "query_not_allowed"),
        ("select pg_sleep(1)", "query_not_allowed"),
        ("selct 1", "query_not_allowed"),
        ("select nothing from tasks", "query_failed"),
        ("select 1 / 0", "query_failed"),
    ] {
        let said = refused(world.question(&world.admin, sql), 422, code).await;
        let text = said["detail"].as_str().expect("text");
        assert!(!text.contains("sqlx") && !text.contains("pool"), "{text}");
    }
    let said = refused(
        world.question(&world.admin, "select nothing from tasks"),
        422,
        "query_failed",
    )
    .await;
    let text = said["detail"].as_str().expect("text");
    assert!(
        text.contains("\"nothing\"") && text.contains("at character"),
        "{text}"
    );
    let outcomes: Vec<_> = notes(&world)
        .await
        .iter()
        .map(|note| note["outcome"].clone())
        .collect();
    assert_eq!(
        outcomes,
        ["completed", "failed", "failed", "failed"],
        "only what reached the database is noted"
    );
    let poor = world
        .restarted_with(&[("PANTHEON_QUERY_MAX_COST", "10")])
        .await;
    let sql = "select count(*) from tasks a, tasks b, tasks c";
    refused(poor.question(&poor.admin, sql), 422, "query_too_expensive").await;
    let note = notes(&poor).await.pop().expect("a note");
    assert_eq!(note["outcome"], "too_expensive");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_sees_no_other_tenant_and_is_asked_by_those_who_may() {
    let world = world().await;
    let names = world.rows("select name from tasks order by name").await;
    assert_eq!(
        names,
        json!([{ "name": "one" }, { "name": "three" }, { "name": "two" }])
    );
    // Elsewhere the feature is off until the operator turns it on.
    let stranger = world.stranger();
    let sql = "select name from tasks";
    refused(world.question(&stranger, sql), 422, "feature_disabled").await;
    let elsewhere = TenantId::of_slug("elsewhere");
    let path = format!("/organizations/{elsewhere}/features");
    let (status, body) = world.put(&path, json!({ "sql_console": true })).await;
    assert!(status.is_success(), "{body}");
    let theirs = reply(world.question(&stranger, sql)).await;
    assert_eq!(
        theirs.body,
        json!([{ "name": CANARY }]),
        "{}",
        theirs.status
    );
    for role in [
        pantheon::auth::Role::Viewer,
        pantheon::auth::Role::Developer,
    ] {
        refused(world.question(&world.role(role), sql), 403, "forbidden").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_answered_again_after_a_read_model_was_rebuilt_and_taken_back() {
    let world = world().await;
    let three = json!([{ "n": 3 }]);
    let sql = "select count(*) as n from tasks";
    assert_eq!(world.rows(sql).await, three);
    let (status, body) = world.post("/projections/tasks/rebuild", json!({})).await;
    assert!(status.is_success(), "{body}");
    pantheon_harness::soon(async || {
        let (_, state) = world.get("/projections/tasks").await;
        match state["rebuilds"][0]["state"] == "swapped" {
            true => Ok(()),
            false => Err(state.to_string()),
        }
    })
    .await;
    assert_eq!(world.rows(sql).await, three);
    world.task_named(&world.admin, "four").await;
    world.settled().await;
    assert_eq!(
        world.rows(sql).await,
        json!([{ "n": 4 }]),
        "the new table is asked, not the kept one"
    );
    let (status, body) = world
        .post("/projections/tasks/rebuild", json!({ "rollback": true }))
        .await;
    assert!(status.is_success(), "{body}");
    // The rows of before are taken on from where they were left.
    pantheon_harness::soon(async || world.rows(sql).await == json!([{ "n": 4 }])).await;
}
