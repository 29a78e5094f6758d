//! CON-32: health at the server's clock, boundaries exact (`systems/console.md` §6.2).

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::world::World;

/// CON-32: "age < 60 s → Healthy", "60 s ≤ age < 300 s → Degraded", "age ≥ 300 s → Unhealthy".
#[tokio::test(flavor = "multi_thread")]
async fn health_is_judged_by_the_age_of_the_last_heartbeat_and_turns_exactly_at_the_thresholds() {
    let world = World::new().await;
    let agent = world.agent("worker-1", "codegen").await;
    assert_eq!(world.current("/agents/worker-1").await["health"], "Unknown");
    world.beat(&agent, json!({})).await;
    let shown = world.current("/agents/worker-1").await;
    assert_eq!(shown["health"], "Healthy");
    let heard = shown["last_heartbeat"].as_str().expect("a time");
    let heard: DateTime<Utc> = heard.parse().expect("a time");
    for (age, health) in [
        (59_999, "Healthy"),
        (60_000, "Degraded"),
        (299_999, "Degraded"),
        (300_000, "Unhealthy"),
        (86_400_000, "Unhealthy"),
    ] {
        let at = heard + TimeDelta::milliseconds(age);
        let at = at.to_rfc3339_opts(SecondsFormat::Nanos, true);
        let (status, then) = world.get(&format!("/agents/worker-1?as_of={at}")).await;
        assert_eq!(
            (status.as_u16(), &then["health"]),
            (200, &json!(health)),
            "{age} ms"
        );
    }
}

/// CON-32: order 1 comes before the age.
#[tokio::test(flavor = "multi_thread")]
async fn who_was_revoked_is_unhealthy_whatever_was_heard() {
    let world = World::new().await;
    let heard = world.agent("worker-1", "codegen").await;
    world.agent("worker-2", "codegen").await;
    world.beat(&heard, json!({})).await;
    for id in ["worker-1", "worker-2"] {
        assert_eq!(world.delete(&format!("/agents/{id}")).await.0, 200);
        let shown = world.current(&format!("/agents/{id}")).await;
        assert_eq!(
            (&shown["health"], &shown["status"]),
            (&json!("Unhealthy"), &json!("offline"))
        );
    }
    let list = world.current("/agents").await;
    let unknown = |agent: &Value| agent["health"] == "Unknown";
    let listed = list.as_array().expect("an array");
    assert!(listed.iter().all(unknown), "who was never heard of: {list}");
}

/// CON-32: the thresholds are settings.
#[tokio::test(flavor = "multi_thread")]
async fn the_thresholds_are_those_of_the_settings() {
    let settings = [
        ("PANTHEON_HEALTH_DEGRADED_AFTER", "100s"),
        ("PANTHEON_HEALTH_UNHEALTHY_AFTER", "200s"),
    ];
    let world = World::with(&settings).await;
    let agent = world.agent("worker-1", "codegen").await;
    world.beat(&agent, json!({})).await;
    let shown = world.current("/agents/worker-1").await;
    let heard = shown["last_heartbeat"].as_str().expect("a time");
    let heard: DateTime<Utc> = heard.parse().expect("a time");
    for (seconds, health) in [
        (99, "Healthy"),
        (100, "Degraded"),
        (199, "Degraded"),
        (200, "Unhealthy"),
    ] {
        let at = heard + TimeDelta::seconds(seconds);
        let at = at.to_rfc3339_opts(SecondsFormat::Nanos, true);
        let (_, then) = world.get(&format!("/agents/worker-1?as_of={at}")).await;
        assert_eq!(then["health"], health, "{seconds} s");
    }
}
