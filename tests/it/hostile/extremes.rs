//! What is well-formed and as odd as it may be: it is taken or refused, and whatever was taken, every
//! follower of the log can read.

use std::time::Duration;

use pantheon::store::Commands;
use pantheon_events::Position;
use pantheon_harness::eventually;
use reqwest::Method;
use serde_json::{Value, json};

use super::bodies::{Sender, Target};
use super::example::Book;
use super::judge::with_body;
use pantheon::auth::table;

const ROUNDS: usize = 8;

const TEXTS: [&str; ROUNDS] = [
    "\u{1}\u{1f}\u{7f}",
    "🦀\u{200d}\u{202e}e\u{301}",
    " ",
    "'; drop table events; --",
    "\\u0000 \\ \" / {}",
    "\u{fffd}\u{10ffff}\u{feff}",
    "null",
    "%00%_\\",
];
const WHOLE: [i64; ROUNDS] = [0, 1, -1, 100, i32::MAX as i64, i64::MAX, i64::MIN, 60];
const NUMBERS: [f64; ROUNDS] = [0.0, 1.0, -0.0, 5e-324, 1e308, -1e308, 99.9, 0.1];
const TIMES: [&str; ROUNDS] = [
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z",
    "2016-12-31T23:59:60Z",
    "1969-12-31T23:59:59.999999999Z",
    "2026-01-01T00:00:00+14:00",
    "2026-01-01T00:00:00.000000001-12:00",
    "1600-02-29T00:00:00Z",
    "2026-01-31T12:00:00Z",
];

/// The leaf of this round.
fn leaf(round: usize, ids: &[String], schema: &Value, kind: &str) -> Option<Value> {
    if let Some(words) = schema["enum"].as_array() {
        return Some(words[round % words.len()].clone());
    }
    match kind {
        "string" if schema["format"] == "uuid" => Some(ids[round % ids.len()].as_str().into()),
        "string" if schema["format"] == "date-time" => Some(TIMES[round].into()),
        "string" if schema["pattern"].is_null() => Some(TEXTS[round].into()),
        "integer" => Some(WHOLE[round].into()),
        "number" => Some(NUMBERS[round].into()),
        "boolean" => Some((round.is_multiple_of(2)).into()),
        _ => None,
    }
}

/// One of everything, so that commands have something to act on.
async fn furnish(target: &Target) {
    let world = &target.world;
    for (path, body) in [
        ("/tasks", json!({ "name": "a" })),
        (
            "/products",
            json!({ "name": "a", "price": "1.00", "stock": 5 }),
        ),
        (
            "/deployments",
            json!({ "environment": "staging", "version": "1" }),
        ),
        (
            "/approvals",
            json!({ "resource_type": "a", "resource_id": super::bodies::NOBODY }),
        ),
    ] {
        let (status, made) = world.post(path, body).await;
        assert!(
            status.is_success() || status.is_client_error(),
            "{path}: {made}"
        );
        if path == "/products" {
            let order = json!({ "product_id": made["id"], "quantity": 1 });
            let (status, order) = world.post("/orders", order).await;
            assert_eq!(status, 201, "{order}");
        }
    }
}

/// The streams that there are: aggregate and id.
async fn streams(target: &Target) -> Vec<(String, String)> {
    let log = &target.world.node.app().log;
    let events = log
        .read(Position::ZERO, 1000)
        .await
        .expect("the log is read")
        .events;
    let mut all: Vec<_> = events
        .iter()
        .map(|event| (event.aggregate_type.clone(), event.aggregate_id.clone()))
        .collect();
    all.sort();
    all.dedup();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn s05_whatever_odd_command_is_taken_every_follower_can_read() {
    let target = Target::new().await;
    furnish(&target).await;
    let contract = pantheon::asyncapi::document();
    let mut taken = 0;
    for round in 0..ROUNDS {
        let streams = streams(&target).await;
        let ids: Vec<_> = streams
            .iter()
            .filter(|(_, id)| id.parse::<uuid::Uuid>().is_ok())
            .map(|(_, id)| id.clone())
            .collect();
        for spec in Commands::SPECS.iter().copied().flatten() {
            let message = format!("{}.{}", spec.aggregate, spec.name);
            let schema = &contract["components"]["messages"][message]["payload"];
            let mut body = Book(contract)
                .made(&schema["properties"]["data"], &mut |schema, kind| {
                    leaf(round, &ids, schema, kind)
                });
            body = json!({ "data": body });
            let known = streams
                .iter()
                .find(|(aggregate, _)| aggregate == spec.aggregate);
            if let Some((_, id)) = known.filter(|_| !spec.creates) {
                body["id"] = id.as_str().into();
            }
            let sender = table::command(spec.aggregate, spec.name).map(Sender::of);
            let token = if sender == Some(Sender::Agents) {
                &target.agent
            } else {
                &target.world.admin
            };
            let path = format!("/commands/{}/{}", spec.aggregate, spec.name);
            let request = target.world.request_as(token, Method::POST, &path);
            let answer = with_body(request, body.to_string().into_bytes())
                .send()
                .await;
            let status = answer.expect("an answer").status();
            assert!(status.as_u16() < 500, "{path} {body}: {status}");
            taken += usize::from(status.is_success());
        }
    }
    assert!(
        taken > 20,
        "only {taken} commands were taken: the extremes are too extreme"
    );
    readable(&target).await;
}

/// Every read model has all of it, nothing is parked or halted, and every list can be read.
async fn readable(target: &Target) {
    let world = &target.world;
    eventually(Duration::from_secs(60), async || {
        let (_, projections) = world.get("/projections").await;
        let items = projections["items"].as_array().cloned().unwrap_or_default();
        let bad = items.iter().find(|item| {
            let parked = item["parked"].as_i64().unwrap_or_default();
            item["lag"] != 0 || parked != 0 || item["state"] != "running"
        });
        bad.map_or(Ok(()), |bad| Err(bad.to_string()))
    })
    .await;
    let health = world.node.app().health.report(&world.node.app().log);
    for follower in health {
        assert!(follower.error.is_none(), "{follower:?}");
    }
    for path in [
        "/tasks",
        "/products",
        "/orders",
        "/approvals",
        "/approval-policies",
        "/deployments",
        "/agents",
        "/activity/events",
        "/timeline",
        "/agents/hostile-1/logs",
    ] {
        world.current(path).await;
    }
    let events = world.get("/events?limit=1000").await.1;
    for event in events["items"].as_array().expect("events") {
        assert_eq!(pantheon::schemas::fits(event), Ok(()), "{event}");
    }
}
