//! The frames of the sub-protocol `pantheon.live.v1`: JSON text, told apart by `type`.

use bytes::{BufMut, Bytes, BytesMut};
use chrono::{DateTime, Utc};
use pantheon_events::json::{maybe_object, read_json};
use pantheon_events::{Epoch, Position, RecordedEvent};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::filter::FilterSpec;

/// The name of the sub-protocol.
pub const PROTOCOL: &str = "pantheon.live.v1";
/// Largest frame that a client may send, in bytes.
pub const FRAME_BYTES: usize = 64 * 1024;
/// Most events that `{"last": n}` gives.
pub const LAST: u32 = 10_000;
/// Longest subscription id, in bytes.
pub const ID_BYTES: usize = 64;

/// What a client says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientFrame {
    /// Who it is, when neither a header nor a ticket said so; later: a fresh token.
    Init {
        /// An access token.
        #[serde(default)]
        token: Option<String>,
    },
    /// Opens a subscription.
    Subscribe {
        /// The client's name for it, unique on the connection.
        id: String,
        /// Where to begin.
        from: From,
        /// What to see.
        #[serde(default, deserialize_with = "object_or_null")]
        #[schemars(with = "Option<FilterSpec>")]
        filter: FilterSpec,
        /// Most unacknowledged events; 0 = no acknowledgements.
        #[serde(default)]
        window: Option<usize>,
    },
    /// Everything up to the position has been processed.
    Ack {
        /// The subscription.
        id: String,
        /// The last processed position.
        position: Position,
    },
    /// Ends a subscription.
    Unsubscribe {
        /// The subscription.
        id: String,
    },
    /// Asks for a `pong`.
    Ping {},
    /// Answers a `ping`. The head of the server's ping may be sent back.
    Pong {
        /// Ignored.
        #[serde(default)]
        head: Option<Position>,
    },
}

/// `null` is what many clients write for what they leave out.
fn object_or_null<'de, D: Deserializer<'de>>(from: D) -> Result<FilterSpec, D::Error> {
    maybe_object(from).map(Option::unwrap_or_default)
}

/// Where a subscription begins.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum From {
    /// What is committed from now on.
    Now,
    /// The whole log.
    Start,
    /// What comes after a position.
    #[serde(untagged)]
    After(After),
    /// The newest `last` events that match.
    #[serde(untagged)]
    Last(Last),
    /// What was recorded at or after a time.
    #[serde(untagged)]
    Time(Time),
}

/// By hand, for an error that says what is expected.
impl<'de> Deserialize<'de> for From {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const EXPECTED: &str = "expected \"now\", \"start\", {\"after\": \"<position>\"}, {\"last\": n} or \
                                {\"time\": \"<RFC 3339>\"}";
        let value = Value::deserialize(deserializer)?;
        let has = |name| value.get(name).is_some();
        let read = match &value {
            Value::String(word) if word == "now" => Ok(Self::Now),
            Value::String(word) if word == "start" => Ok(Self::Start),
            Value::Object(_) if has("after") => After::deserialize(value).map(Self::After),
            Value::Object(_) if has("last") => Last::deserialize(value).map(Self::Last),
            Value::Object(_) if has("time") => Time::deserialize(value).map(Self::Time),
            _ => return Err(D::Error::custom(EXPECTED)),
        };
        read.map_err(D::Error::custom)
    }
}

/// A place that a client remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct After {
    /// The last position it has.
    pub after: Position,
    /// The lineage that it read the position in.
    #[serde(default)]
    pub epoch: Option<Epoch>,
}

/// A number of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Last {
    /// How many; the newest 10,000 are given at the most. `subscribed` says from where.
    pub last: u32,
}

/// A point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Time {
    /// By the database's clock.
    #[serde(deserialize_with = "pantheon_events::time::required")]
    pub time: DateTime<Utc>,
}

/// Whether a subscription continues exactly where the client was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recovered {
    /// Nothing is missing between the client's place and the first event.
    Exact,
    /// The client's place is not in this log; the subscription begins at the head.
    None,
}

/// What the server says, but for `events`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame<'a> {
    /// The client is known and may subscribe.
    Ready {
        /// Names the connection in logs.
        connection_id: &'a str,
        /// The log's lineage.
        epoch: Epoch,
        /// The newest position.
        head: Position,
        /// What a client may ask for.
        limits: Limits,
        /// How often the server pings.
        heartbeat_ms: u64,
    },
    /// A subscription is open.
    Subscribed {
        /// The client's name for it.
        id: &'a str,
        /// Events after this position follow.
        from: Position,
        /// The newest position.
        head: Position,
        /// Whether the client's place was found.
        recovered: Recovered,
        /// Why it was not.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'a str>,
        /// The first position that a new start can read.
        #[serde(skip_serializing_if = "Option::is_none")]
        earliest: Option<Position>,
    },
    /// The server has looked up to here.
    Checkpoint {
        /// The subscription.
        id: &'a str,
        /// Everything up to here has been looked at.
        position: Position,
    },
    /// The subscription reads live.
    CaughtUp {
        /// The subscription.
        id: &'a str,
        /// Where it stands.
        position: Position,
        /// The newest position.
        head: Position,
    },
    /// The subscription reads history at the client's pace.
    FellBehind {
        /// The subscription.
        id: &'a str,
        /// Where it stands.
        position: Position,
        /// The newest position.
        head: Position,
    },
    /// The subscription is over.
    Complete {
        /// The subscription.
        id: &'a str,
        /// Why.
        reason: &'a str,
    },
    /// Something the client sent was refused, or a subscription cannot go on.
    Error {
        /// The subscription, when it is about one.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a str>,
        /// The one error body.
        #[schemars(schema_with = "problem")]
        problem: &'a RawValue,
    },
    /// Asks for a `pong` and says the newest position.
    Ping {
        /// The newest position.
        head: Position,
    },
    /// Answers a `ping`.
    Pong {
        /// The newest position.
        head: Position,
    },
    /// The server is about to close.
    Goodbye {
        /// Why.
        reason: &'a str,
        /// When to come back.
        retry_after_ms: u64,
    },
}

/// The contracts have the error body in one place.
fn problem(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({ "$ref": "#/components/schemas/Problem" })
}

/// What a client may ask for.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Limits {
    /// Subscriptions on one connection.
    pub subscriptions: usize,
    /// Largest window.
    pub window: usize,
    /// Largest frame from the client, in bytes.
    pub frame_bytes: usize,
}

impl ServerFrame<'_> {
    /// The frame as JSON text.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        Bytes::from(serde_json::to_vec(self).expect("a frame of plain fields serialises"))
    }
}

/// Reads a client's frame; the error says what is wrong with it.
pub fn decode(text: &str) -> Result<ClientFrame, String> {
    let frame: ClientFrame = read_json(text.as_bytes()).map_err(|error| error.to_string())?;
    match &frame {
        ClientFrame::Subscribe { id, .. } if id.is_empty() || id.len() > ID_BYTES => {
            Err(format!("id: a subscription's id has 1 to {ID_BYTES} bytes"))
        }
        _ => Ok(frame),
    }
}

/// An `events` frame, put together from the events' own bytes.
#[must_use]
pub fn events<'a>(
    id: &str,
    items: impl ExactSizeIterator<Item = &'a RecordedEvent> + Clone,
) -> Bytes {
    const OPEN: &[u8] = br#"{"type":"events","id":"#;
    let id = serde_json::to_string(id).expect("a string serialises");
    let payload: usize = items
        .clone()
        .map(|event| event.cloud_event().len() + 1)
        .sum();
    let mut frame = BytesMut::with_capacity(OPEN.len() + id.len() + payload + 16);
    frame.put_slice(OPEN);
    frame.put_slice(id.as_bytes());
    frame.put_slice(br#","items":["#);
    for (at, event) in items.enumerate() {
        if at > 0 {
            frame.put_u8(b',');
        }
        frame.put_slice(event.cloud_event());
    }
    frame.put_slice(b"]}");
    frame.freeze()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::live::testing::event;

    fn from(text: &str) -> Result<From, String> {
        let frame = decode(&format!(r#"{{"type":"subscribe","id":"a","from":{text}}}"#))?;
        match frame {
            ClientFrame::Subscribe { from, .. } => Ok(from),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn a_subscription_begins_in_five_ways() {
        assert_eq!(from(r#""now""#), Ok(From::Now));
        assert_eq!(from(r#""start""#), Ok(From::Start));
        let after = After {
            after: Position::new(7),
            epoch: None,
        };
        assert_eq!(from(r#"{"after":"7"}"#), Ok(From::After(after)));
        let after = After {
            epoch: Some(Epoch::new(2)),
            ..after
        };
        assert_eq!(from(r#"{"after":"7","epoch":"2"}"#), Ok(From::After(after)));
        assert_eq!(from(r#"{"last":10}"#), Ok(From::Last(Last { last: 10 })));
        assert!(matches!(
            from(r#"{"time":"2026-01-01T00:00:00Z"}"#),
            Ok(From::Time(_))
        ));
    }

    #[test]
    fn a_filter_that_is_null_is_none() {
        let text = |filter| format!(r#"{{"type":"subscribe","id":"a","from":"now"{filter}}}"#);
        let left_out = decode(&text("")).expect("a frame");
        assert_eq!(decode(&text(r#","filter":null"#)), Ok(left_out));
        assert!(decode(&text(r#","filter":[]"#)).is_err());
    }

    #[test]
    fn a_malformed_frame_is_refused_with_a_reason() {
        for bad in [
            "",
            "[]",
            "{}",
            r#"{"type":"init","token":7}"#,
            r#"{"type":"nothing"}"#,
            r#"{"type":"ping","extra":1}"#,
            r#"{"type":"subscribe","id":"a"}"#,
            r#"{"type":"subscribe","id":"","from":"now"}"#,
            r#"{"type":"subscribe","id":"a","from":"later"}"#,
            r#"{"type":"subscribe","id":"a","from":{"after":7}}"#,
            r#"{"type":"subscribe","id":"a","from":{"after":"7","last":1}}"#,
            r#"{"type":"subscribe","id":"a","from":{"last":-1}}"#,
            r#"{"type":"subscribe","id":"a","from":"now","filter":{"kinds":[]}}"#,
            r#"{"type":"subscribe","id":"a","from":"now","window":-1}"#,
            r#"{"type":"ack","id":"a","position":"-1"}"#,
        ] {
            assert!(decode(bad).is_err_and(|reason| !reason.is_empty()), "{bad}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_a_frame_or_refused_with_a_reason(
            text in "\\PC{0,80}|\\{\"type\":\"(init|subscribe|ack|ping|pong|unsubscribe)\"[,a-z0-9:\"{}\\[\\]-]{0,60}",
        ) {
            if let Err(reason) = decode(&text) {
                prop_assert!(!reason.is_empty() && reason.len() < 1000);
            }
        }

        #[test]
        fn a_subscription_is_read_as_it_was_written(
            id in "[^\0]{1,16}", after in 0..i64::MAX, window in prop::option::of(0..10_000_usize),
        ) {
            let text = serde_json::json!({
                "type": "subscribe", "id": id, "from": { "after": after.to_string() }, "window": window,
            });
            let from = From::After(After { after: Position::new(after), epoch: None });
            let expected = ClientFrame::Subscribe { id, from, filter: FilterSpec::default(), window };
            prop_assert_eq!(decode(&text.to_string()), Ok(expected));
        }
    }

    #[test]
    fn an_events_frame_carries_the_events_as_they_are_everywhere_else() {
        let events_ = [
            event(1, "task", "a", "task_created"),
            event(2, "task", "a", "task_started"),
        ];
        let frame = events("my \"tail\"", events_.iter());
        let value: serde_json::Value = serde_json::from_slice(&frame).expect("valid JSON");
        assert_eq!(value["type"], "events");
        assert_eq!(value["id"], "my \"tail\"");
        assert_eq!(value["items"].as_array().expect("a list").len(), 2);
        let own: serde_json::Value =
            serde_json::from_slice(events_[1].cloud_event()).expect("valid JSON");
        assert_eq!(value["items"][1], own);
    }

    #[test]
    fn a_server_frame_says_positions_as_strings_and_leaves_out_what_is_not_known() {
        let frame = ServerFrame::Subscribed {
            id: "a",
            from: Position::new(3),
            head: Position::new(9),
            recovered: Recovered::Exact,
            reason: None,
            earliest: None,
        };
        let expected =
            r#"{"type":"subscribed","id":"a","from":"3","head":"9","recovered":"exact"}"#;
        assert_eq!(frame.encode(), expected);
    }
}
