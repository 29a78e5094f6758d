use std::time::Duration;

use anyhow::Result;
use pantheon_harness::eventually;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::fleet::Fleet;

const SHORT: [(&str, &str); 2] = [
    ("PANTHEON_HEALTH_DEGRADED_AFTER", "1s"),
    ("PANTHEON_HEALTH_UNHEALTHY_AFTER", "2s"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_heartbeat_brings_an_agent_up_and_says_its_status() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    let token = fleet.agent("worker-1").await?;
    let beat = json!({"session_id": "a", "uptime_seconds": 90, "cpu_usage": 1.5, "version": "1"});
    let reply = fleet.beat("worker-1", &token, beat).await?;
    assert_eq!(
        (reply.status, &reply.body["status"]),
        (StatusCode::OK, &json!("active"))
    );
    assert!(reply.body["position"].is_string());
    let agent = fleet.get("/agents/worker-1").await?;
    assert_eq!(
        (&agent["status"], &agent["health"]),
        (&json!("active"), &json!("Healthy"))
    );
    assert!(agent["uptime"].as_i64() >= Some(90), "{agent}");
    assert!(agent["last_heartbeat"].is_string());
    let said = fleet
        .beat(
            "worker-1",
            &token,
            json!({"state": "error", "error": "oops"}),
        )
        .await?;
    assert_eq!(said.body["status"], "error");
    let agent = fleet.get("/agents/worker-1").await?;
    assert_eq!(agent["last_error"], "oops");
    let types = fleet.event_types("worker-1").await?;
    let changes = types
        .iter()
        .filter(|kind| *kind == "agent_status_changed")
        .count();
    assert_eq!(changes, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_the_agent_itself_is_heard() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    let token = fleet.agent("worker-1").await?;
    let other = fleet.agent("worker-2").await?;
    for stranger in [&fleet.admin, &other] {
        let reply = fleet.beat("worker-1", stranger, json!({})).await?;
        assert_eq!(reply.status, StatusCode::FORBIDDEN);
    }
    let nobody = fleet.beat("worker-1", "no-token", json!({})).await?;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    for (bad, status) in [
        (json!({"cpu_usage": 101}), 422),
        (json!({"state": "asleep"}), 400),
        (json!({"colour": "red"}), 400),
        (json!({"recording": "Transitions"}), 400),
        (json!("beat"), 400),
    ] {
        let reply = fleet.beat("worker-1", &token, bad.clone()).await?;
        assert_eq!(reply.status.as_u16(), status, "{bad}");
    }
    assert_eq!(fleet.event_types("worker-1").await?, ["agent_enrolled"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_noticed_within_5_seconds_of_each_threshold() -> Result<()> {
    let fleet = Fleet::start(&SHORT).await?;
    let token = fleet.agent("worker-1").await?;
    fleet.beat("worker-1", &token, json!({})).await?;
    let noticed = async || -> Result<()> {
        let events = fleet.events("worker-1").await?;
        let of = |kind: &str| -> Vec<Value> {
            events
                .iter()
                .filter(|(name, _)| name == kind)
                .map(|(_, event)| event.clone())
                .collect()
        };
        let health: Vec<_> = of("agent_health_changed")
            .iter()
            .map(|e| e["to"].clone())
            .collect();
        let status = of("agent_status_changed");
        let reason = status.last().map(|event| event["reason"].clone());
        anyhow::ensure!(reason == Some(json!("no_heartbeat")), "{events:?}");
        anyhow::ensure!(health == ["Healthy", "Degraded", "Unhealthy"], "{health:?}");
        Ok(())
    };
    eventually(Duration::from_secs(7), noticed).await;
    let back = fleet.beat("worker-1", &token, json!({})).await?;
    assert_eq!(back.body["status"], "active");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unrecorded_heartbeat_is_acknowledged_and_keeps_the_agent_alive() -> Result<()> {
    let settings = [
        SHORT[0],
        SHORT[1],
        ("PANTHEON_HEARTBEAT_RECORD", "transitions"),
    ];
    let fleet = Fleet::start(&settings).await?;
    let token = fleet.agent("worker-1").await?;
    fleet.beat("worker-1", &token, json!({})).await?;
    let before = fleet.event_types("worker-1").await?;
    let mut ticks = tokio::time::interval(Duration::from_millis(250));
    for _ in 0..16 {
        ticks.tick().await;
        let beat = fleet.beat("worker-1", &token, json!({})).await?;
        assert_eq!(
            (beat.status, &beat.body["status"]),
            (StatusCode::OK, &json!("active"))
        );
        assert!(beat.body["position"].is_string());
    }
    assert_eq!(fleet.event_types("worker-1").await?, before);
    assert_eq!(fleet.get("/agents/worker-1").await?["health"], "Healthy");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_generic_door_records_no_more_heartbeats_than_the_setting_says() -> Result<()> {
    let fleet = Fleet::start(&[("PANTHEON_HEARTBEAT_RECORD", "transitions")]).await?;
    let token = fleet.agent("worker-1").await?;
    let beat = async |state: &str| {
        let body = json!({ "id": "worker-1", "data": { "state": state } });
        let path = "/commands/agent/record_heartbeat";
        fleet
            .send(reqwest::Method::POST, path, &token, &[], Some(body))
            .await
    };
    let first = beat("active").await?;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    let before = fleet.event_types("worker-1").await?;
    for _ in 0..3 {
        let again = beat("active").await?;
        assert_eq!(
            (again.status, &again.body["verdict"]),
            (StatusCode::OK, &json!("accepted"))
        );
    }
    assert_eq!(fleet.event_types("worker-1").await?, before);
    beat("idle").await?;
    assert!(fleet.event_types("worker-1").await?.len() > before.len());
    Ok(())
}
