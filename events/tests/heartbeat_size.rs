//! What is stored most is small.

use pantheon_events::DomainEvent;
use pantheon_events::agents::{AgentEvent, AgentHeartbeatRecorded, ReportedState};

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
