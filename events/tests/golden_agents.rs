//! Stored events of agents stay readable: one example of every event type and version, never
//! edited once merged. A change that breaks one needs a new version and an upcaster.

use std::path::Path;

use pantheon_events::DomainEvent;
use pantheon_events::agents::{AgentEvent, AgentHeartbeatRecorded, ReportedState};
use serde_json::Value;

#[test]
fn the_events_of_agents_stay_readable() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/agents");
    for spec in AgentEvent::SPECS {
        let path = folder.join(format!("{}.{}.json", spec.event_type, spec.version));
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let event = AgentEvent::decode(spec.event_type, spec.version, &text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let written: Value = serde_json::from_str(&event.payload()).expect("a payload is JSON");
        let stored: Value = serde_json::from_str(&text).expect("an example is JSON");
        assert_eq!(written, stored, "{}", path.display());
    }
}

#[test]
fn a_plain_heartbeat_is_small() {
    let beat = AgentEvent::from(AgentHeartbeatRecorded {
        at: "2026-05-28T20:26:40.123456789Z".parse().expect("a time"),
        state: ReportedState::Active,
        session_id: None,
        uptime_seconds: None,
        cpu_usage: Some(12.5),
        memory_usage: Some(40.25),
        active_tasks: None,
        current_task: None,
        version: None,
        error: None,
        tell: None,
        connected: false,
    });
    assert!(beat.payload().len() < 120, "{}", beat.payload());
}
