//! The first frame of dialect A: the composite state as far as it exists. The other parts are there,
//! and empty.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::FleetState;
use super::a::time;

/// `state:snapshot`: the state under `data`, and its parts once more at the top.
#[must_use]
pub fn snapshot(state: &FleetState, anonymous: bool, now: DateTime<Utc>) -> Bytes {
    let now = time(now);
    let state = json!({
        "agent_state": state.agent_state(anonymous),
        "business_state": state.business_state(anonymous),
        "user_state": state.user_state(anonymous),
        "aws_state": { "accounts": [], "resources": [], "service_agents": [] },
        "last_updated": now,
        "version": state.position.get(),
    });
    let mut frame = json!({ "type": "state:snapshot", "timestamp": now, "data": state });
    if let (Value::Object(frame), Value::Object(parts)) = (&mut frame, state) {
        frame.extend(parts);
    }
    Bytes::from(frame.to_string())
}

#[cfg(test)]
mod tests {
    use pantheon_events::Position;

    use super::super::fleet::{Business, People};
    use super::*;

    fn read(anonymous: bool) -> Value {
        let business = Business {
            orders: vec![json!({ "id": "o-1" })],
            ..Business::default()
        };
        let state = FleetState {
            business,
            people: People {
                signed_in: vec![json!({ "id": "u-1" })],
                ..People::default()
            },
            position: Position::new(9),
            ..FleetState::default()
        };
        let frame = snapshot(&state, anonymous, DateTime::UNIX_EPOCH);
        serde_json::from_slice(&frame).expect("valid JSON")
    }

    #[test]
    fn the_snapshot_has_every_part_twice_and_its_version_as_a_number() {
        let frame = read(false);
        assert_eq!(frame["type"], "state:snapshot");
        assert_eq!(
            (&frame["version"], &frame["data"]["version"]),
            (&json!(9), &json!(9))
        );
        for part in [
            "agent_state",
            "business_state",
            "user_state",
            "aws_state",
            "last_updated",
        ] {
            assert_eq!(frame[part], frame["data"][part], "{part}");
            assert!(!frame[part].is_null(), "{part}");
        }
    }

    #[test]
    fn bus_54_nobody_anonymous_sees_business_data_or_who_is_signed_in() {
        let people = |anonymous| read(anonymous)["user_state"]["logged_in_users"].clone();
        assert_eq!(
            (people(false), people(true)),
            (json!([{ "id": "u-1" }]), json!([]))
        );
        assert_eq!(read(false)["business_state"]["orders"][0]["id"], "o-1");
        assert_eq!(read(true)["business_state"]["orders"], json!([]));
    }
}
