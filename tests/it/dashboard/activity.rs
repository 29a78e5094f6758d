//! CON-35: activity events with category and severity; activity stats in both casings.

use reqwest::Method;
use serde_json::{Value, json};

use super::words::fields;
use crate::world::{World, answer, refused, reply};

/// Everything that happened so far, the newest first.
async fn all(world: &World) -> Vec<Value> {
    let list = world.current("/activity/events?limit=200").await;
    list.as_array().expect("a bare array").clone()
}

/// What is shown of the newest event with this title.
fn shown<'a>(events: &'a [Value], title: &str) -> Option<(&'a str, &'a str)> {
    let event = events.iter().find(|event| event["title"] == title)?;
    Some((event["category"].as_str()?, event["severity"].as_str()?))
}

/// CON-35: the table of categories and severities.
#[tokio::test(flavor = "multi_thread")]
async fn what_happened_has_its_category_and_severity() {
    let world = World::new().await;
    let agent = world.agent("worker-1", "codegen").await;
    world.beat(&agent, json!({})).await;
    world.beat(&agent, json!({ "cpu_usage": 1.0 })).await;
    let task = world
        .task(json!({ "name": "build", "max_retries": 1 }))
        .await;
    world
        .done(&task, "start", json!({ "assigned_to": "worker-1" }))
        .await;
    world.done(&task, "fail", json!({ "error": "first" })).await;
    let retried = all(&world).await;
    assert_eq!(
        shown(&retried, "Task failed"),
        Some(("agent", "info")),
        "it is tried again"
    );
    let last = world
        .task(json!({ "name": "build", "max_retries": 0 }))
        .await;
    world
        .done(&last, "start", json!({ "assigned_to": "worker-1" }))
        .await;
    world.done(&last, "fail", json!({ "error": "last" })).await;
    world.lamps(1).await;
    let (_, deployment) = world
        .post("/deployments", json!({ "environment": "staging" }))
        .await;
    let (_, listed) = world.get("/deployments").await;
    assert_eq!(listed[0]["id"], deployment["id"], "{deployment}");
    let environment = pantheon::domain::deployments::environment_id(world.tenant, "staging");
    let failed = json!({
        "deployment_id": deployment["id"], "environment": "staging", "version": "latest",
        "error": "no", "at": "2026-05-28T20:26:40Z",
    });
    let failed = failed.to_string();
    world
        .raw(
            ("environment", &environment.to_string()),
            "deployment_failed",
            &failed,
        )
        .await;
    let up = all(&world).await;
    for (title, expected) in [
        ("Agent enrolled", ("agent", "info")),
        ("Agent status changed", ("agent", "info")),
        ("Task created", ("agent", "info")),
        ("Task failed", ("error", "warning")),
        ("Product created", ("system", "info")),
        ("Node started", ("system", "info")),
        ("Deployment requested", ("deployment", "info")),
        ("Deployment failed", ("deployment", "critical")),
    ] {
        assert_eq!(shown(&up, title), Some(expected), "{title}");
    }
    world.complain(&agent, "oops").await;
    let down = all(&world).await;
    assert_eq!(
        shown(&down, "Agent error reported"),
        Some(("error", "warning"))
    );
    assert_eq!(
        shown(&down, "Agent status changed"),
        Some(("agent", "warning"))
    );
    for silent in [
        "Agent heartbeat recorded",
        "System metrics sampled",
        "Task progressed",
    ] {
        assert_eq!(shown(&down, silent), None, "{silent}");
    }
}

/// CON-35: the fields, and the newest first.
#[tokio::test(flavor = "multi_thread")]
async fn an_activity_is_its_event_in_words() {
    let world = World::new().await;
    let task = world.named("build the thing").await;
    let events = all(&world).await;
    let made = events
        .iter()
        .find(|event| event["title"] == "Task created")
        .expect("it is shown");
    assert_eq!(
        fields(made),
        [
            "id",
            "timestamp",
            "title",
            "description",
            "category",
            "severity",
            "position"
        ]
    );
    let log = world.node.app().log.clone();
    let stored = log
        .stream("task", &task, pantheon_events::Sequence::ZERO, 1)
        .await;
    let stored = stored.expect("the stream");
    assert_eq!(made["id"], stored[0].event_id.to_string());
    assert_eq!(made["position"], stored[0].position.to_string());
    assert_eq!(made["description"], "build the thing");
    let positions: Vec<i64> = events
        .iter()
        .filter_map(|event| event["position"].as_str()?.parse().ok())
        .collect();
    assert_eq!(positions.len(), events.len());
    assert!(
        positions.is_sorted_by(|newer, older| newer > older),
        "{positions:?}"
    );
}

/// CON-35: "`limit` (50, max 200), `category?`, `severity?`, `cursor`".
#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_filtered_and_walked_by_cursor() {
    let world = World::new().await;
    for n in 0..60 {
        world.named(&format!("task {n}")).await;
    }
    let everything = all(&world).await;
    let usual = world.current("/activity/events").await;
    assert_eq!(usual.as_array().map(Vec::len), Some(50));
    let agents = world
        .current("/activity/events?category=agent&severity=info&limit=200")
        .await;
    let of_agents = |event: &&Value| event["category"] == "agent" && event["severity"] == "info";
    let expected: Vec<_> = everything.iter().filter(of_agents).cloned().collect();
    assert_eq!(agents, Value::from(expected));
    let none = world.current("/activity/events?severity=critical").await;
    assert_eq!(none, json!([]));
    let (mut met, mut query) = (Vec::new(), "category=agent&limit=40".to_owned());
    loop {
        let page = reply(world.request(Method::GET, &format!("/activity/events?{query}"))).await;
        met.extend(page.body.as_array().expect("an array").clone());
        let Some(link) = page.headers.get("link") else {
            break;
        };
        let link = link.to_str().expect("text");
        let cursor = link
            .split("cursor=")
            .nth(1)
            .and_then(|rest| rest.split(['>', '&']).next());
        query = format!(
            "category=agent&limit=40&cursor={}",
            cursor.expect("a cursor")
        );
    }
    let whole = world
        .current("/activity/events?category=agent&limit=200")
        .await;
    assert_eq!(Value::from(met), whole);
    for (bad, code) in [
        ("limit=0", "malformed_request"),
        ("limit=201", "malformed_request"),
        ("category=food", "malformed_request"),
        ("severity=error", "malformed_request"),
        ("colour=red", "malformed_request"),
        ("cursor=x", "invalid_cursor"),
    ] {
        let request = world.request(Method::GET, &format!("/activity/events?{bad}"));
        refused(request, 400, code).await;
    }
    let request = world.request_as(&world.stranger(), Method::GET, "/activity/events");
    assert_eq!(answer(request).await.1, json!([]));
}

/// CON-35: "both styles in one object", "(since 00:00 UTC)", "`uptime` (seconds, number)".
#[tokio::test(flavor = "multi_thread")]
async fn the_stats_count_all_and_today_in_both_casings() {
    let world = World::new().await;
    world.named("one").await;
    let stats = world.current("/activity/stats").await;
    assert_eq!(
        fields(&stats),
        [
            "totalEvents",
            "total_events",
            "todayEvents",
            "today_events",
            "activeIssues",
            "active_issues",
            "uptime"
        ]
    );
    for (camel, snake) in [
        ("totalEvents", "total_events"),
        ("todayEvents", "today_events"),
        ("activeIssues", "active_issues"),
    ] {
        assert!(stats[camel].is_i64(), "{camel}");
        assert_eq!(stats[camel], stats[snake]);
    }
    assert!(stats["uptime"].is_i64(), "{stats}");
    let total = |stats: &Value| stats["totalEvents"].as_i64().expect("a number");
    assert_eq!(
        total(&stats),
        i64::try_from(all(&world).await.len()).expect("few")
    );
    // What happened so far happened yesterday.
    let pool = world.database.pool(1).await.expect("a pool");
    sqlx::query("update read.activity_days set day = day - 1")
        .execute(&pool)
        .await
        .expect("aged");
    let next = world.current("/activity/stats").await;
    assert_eq!(
        (total(&next), &next["today_events"]),
        (total(&stats), &json!(0))
    );
    world.named("two").await;
    let today = world.current("/activity/stats").await;
    assert_eq!(
        (total(&today), &today["todayEvents"]),
        (total(&stats) + 1, &json!(1))
    );
    let request = world.request_as(&world.stranger(), Method::GET, "/activity/stats");
    assert_eq!(total(&answer(request).await.1), 0);
}
