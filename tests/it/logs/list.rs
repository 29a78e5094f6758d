//! The list: every filter, exact totals, pages, retention, tenants.

use pantheon::auth::Role;
use pantheon_events::TenantId;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{World, answer, refused};

/// Three agents' lines: their times are their minutes.
async fn written() -> World {
    let world = World::new().await;
    for (id, kind) in [("writer", "codegen"), ("reader", "review")] {
        world.enrol(id, kind).await;
    }
    let at = |minute: u32| format!("2026-01-31T12:{minute:02}:00Z");
    world
        .writes(
            "writer",
            json!([
                { "level": "INFO", "message": "Disk is FULL of 100%_", "timestamp": at(3),
                  "session_id": "s-1", "context": "build", "file": "a.rs", "line": 7, "issue_number": 42 },
                { "level": "ERROR", "message": "no space", "timestamp": at(1) },
            ]),
        )
        .await;
    world
        .writes(
            "reader",
            json!([{ "level": "WARN", "message": "slow", "timestamp": at(2), "issue_number": 7 }]),
        )
        .await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn every_filter_is_applied_by_the_server_and_the_total_is_exact() {
    let world = written().await;
    let found = world.current("/logs").await;
    assert_eq!(
        (&found["total"], &found["next_cursor"]),
        (&json!(3), &Value::Null)
    );
    assert!(found.get("total_capped").is_none(), "{found}");
    let mut first = found["logs"][0].clone();
    let id = first["id"].take();
    let id = id
        .as_str()
        .and_then(|id| id.split_once(':'))
        .expect("an id");
    assert!(id.0.parse::<Uuid>().is_ok() && id.1 == "0", "{id:?}");
    assert_eq!(
        first,
        json!({ "id": null, "timestamp": "2026-01-31T12:03:00Z", "message": "Disk is FULL of 100%_",
            "session_id": "s-1", "level": "INFO", "agent_type": "CodeGenAgent", "context": "build",
            "file": "a.rs", "issue_number": 42, "line": 7, "source": "agent", "agent_id": "writer" })
    );
    let (disk, slow, space) = ("Disk is FULL of 100%_", "slow", "no space");
    let all: &[(&str, &[&str])] = &[
        ("", &[disk, slow, space]),
        ("?level=ERROR", &[space]),
        ("?agent_type=codegen", &[disk, space]),
        ("?agent_type=codegen-agent", &[disk, space]),
        ("?agent_type=ReviewAgent", &[slow]),
        ("?agent_type=nobody", &[]),
        ("?issue_number=42", &[disk]),
        // A part of the message as it is written: these are no wildcards.
        ("?search=disk%20is%20full", &[disk]),
        ("?search=100%25_", &[disk]),
        ("?search=n%25space", &[]),
        ("?start_time=2026-01-31T12:02:00Z", &[disk, slow]),
        ("?end_time=2026-01-31T12:02:00Z", &[slow, space]),
        (
            "?source=agent&level=INFO&issue_number=42&search=FULL",
            &[disk],
        ),
        ("?source=deployment", &[]),
    ];
    for (query, messages) in all {
        assert_eq!(world.messages(query).await, *messages, "{query}");
        let total = world.current(&format!("/logs{query}")).await["total"].clone();
        assert_eq!(total, json!(messages.len()), "{query}");
    }
    let long = "x".repeat(201);
    for bad in [
        "level=LOUD",
        "limit=0",
        "limit=1001",
        "source=elsewhere",
        "start_time=soon",
        "levels=INFO",
        &format!("search={long}"),
    ] {
        let request = world.request(Method::GET, &format!("/logs?{bad}"));
        refused(request, 400, "malformed_request").await;
    }
    let cursor = world.request(Method::GET, "/logs?cursor=x");
    refused(cursor, 400, "invalid_cursor").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_go_through_all_entries_once_and_the_count_ends_at_ten_thousand() {
    let world = World::new().await;
    world.enrol("writer", "codegen").await;
    let entries: Vec<_> = (0..100)
        .map(|n| json!({ "message": format!("line {n}"), "timestamp": "2026-01-31T12:00:00Z" }))
        .collect();
    for _ in 0..101 {
        world.writes("writer", json!(entries)).await;
    }
    let found = world.current("/logs?limit=1000").await;
    assert_eq!(
        (&found["total"], &found["total_capped"]),
        (&json!(10_000), &json!(true))
    );
    // A page's last entry is in the middle of an event: all of them are of one time.
    let mut seen = std::collections::BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let page = world.current(&format!("/logs?limit=999{cursor}")).await;
        for log in page["logs"].as_array().expect("a list") {
            assert!(seen.insert(log["id"].to_string()), "{log} is there twice");
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 10_100);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_goes_when_a_newer_one_is_older_than_the_keeping() {
    let world = World::with(&[("PANTHEON_LOGS_KEEP", "1 s")]).await;
    world.enrol("writer", "codegen").await;
    world.writes("writer", json!([{ "message": "old" }])).await;
    assert_eq!(world.messages("").await, ["old"]);
    // Time of the log is the database's: another second of it has to pass.
    let new = async || {
        world.writes("writer", json!([{ "message": "new" }])).await;
        let left = world.messages("?search=old").await;
        match left.is_empty() {
            true => Ok(()),
            false => Err("it is still there"),
        }
    };
    pantheon_harness::soon(new).await;
    assert!(!world.messages("?search=new").await.is_empty());
    let events = world.events("agent", "writer").await;
    let kept = events
        .iter()
        .any(|(_, data)| data["entries"][0]["message"] == "old");
    assert!(kept, "the log itself keeps everything");
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_are_read_in_their_own_organisation_by_those_who_may() {
    let world = written().await;
    world.organization("elsewhere").await;
    let stranger = world.stranger();
    let head = world.head().await;
    let path = format!("/logs?min_position={head}&wait=10");
    let (status, body) = answer(world.request_as(&stranger, Method::GET, &path)).await;
    assert_eq!(
        (status.as_u16(), &body["total"]),
        (200, &json!(0)),
        "{body}"
    );
    let reader = world.token(TenantId::default_organization(), Role::Viewer);
    let (status, body) = answer(world.request_as(&reader, Method::GET, &path)).await;
    assert_eq!(
        (status.as_u16(), &body["total"]),
        (200, &json!(3)),
        "{body}"
    );
}
