//! The body of a command on the bus.

use std::fmt;

use pantheon_events::approvals::{RequestApproval, Subject};
use pantheon_events::json::{read_json, shortened};
use pantheon_events::{AgentId, CommandId, InvalidCommand, Sequence};
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// `{"command_id"?, "id"?, "data"?, "expected_sequence"?}`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Envelope {
    /// The idempotency key; the header `Nats-Msg-Id` serves when it is missing.
    #[serde(default)]
    pub command_id: Option<CommandId>,
    /// The aggregate's id, on the services' door.
    #[serde(default)]
    pub id: Option<String>,
    /// The command's data.
    #[serde(default, deserialize_with = "once_each")]
    pub data: Map<String, Value>,
    /// The sequence that the caller insists on.
    #[serde(default)]
    pub expected_sequence: Option<Sequence>,
}

/// Reads an object whose fields are named once each: what is there twice would be decided by the
/// last one here and refused on HTTP.
fn once_each<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    struct Fields;

    impl<'de> Visitor<'de> for Fields {
        type Value = Map<String, Value>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
            let mut fields = Map::new();
            while let Some((name, value)) = access.next_entry::<String, Value>()? {
                if fields.contains_key(&name) {
                    return Err(de::Error::custom(format!(
                        "duplicate field `{}`",
                        shortened(&name)
                    )));
                }
                fields.insert(name, value);
            }
            Ok(fields)
        }
    }

    deserializer.deserialize_map(Fields)
}

impl Envelope {
    /// Reads a body; an empty one is a command without data.
    pub(super) fn read(body: &[u8]) -> Result<Self, InvalidCommand> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        read_json(body)
    }

    /// Takes out the id of the stream that a field names.
    pub(super) fn take(&mut self, field: &str) -> Result<String, InvalidCommand> {
        let place = format!("data.{field}");
        match self.data.remove(field) {
            Some(Value::String(id)) => Ok(id),
            Some(_) => Err(InvalidCommand::Malformed {
                field: place,
                message: "expected an id as a string".to_owned(),
            }),
            None => Err(InvalidCommand::missing(place)),
        }
    }

    /// What an approval is asked for; the data stay as they are.
    pub(super) fn subject(&self) -> Result<Subject, InvalidCommand> {
        let command: RequestApproval = read_json(&self.json())?;
        Ok(command.subject())
    }

    /// A body that names an agent may only name the one whose subject it came on.
    pub(super) fn names_only(&mut self, agent: &AgentId) -> bool {
        match self.data.remove("agent_id") {
            None => self.id.as_deref().is_none_or(|id| id == agent.as_str()),
            Some(named) => named == agent.as_str(),
        }
    }

    /// The data as the command's own JSON.
    pub(super) fn json(&self) -> Vec<u8> {
        serde_json::to_vec(&self.data).expect("a JSON object serialises")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_empty_body_is_a_command_without_data() {
        let envelope = Envelope::read(b"").expect("reads");
        assert!(envelope.data.is_empty() && envelope.command_id.is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_are_a_body_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Envelope::read(&bytes);
        }

        #[test]
        fn what_is_said_is_read(name in "[a-z]{1,8}", text in "[^\0]{0,20}", sequence in 0..i64::MAX) {
            let body = serde_json::json!({
                "data": { &name: text }, "expected_sequence": sequence.to_string(),
            });
            let envelope = Envelope::read(body.to_string().as_bytes()).expect("reads");
            prop_assert_eq!(&envelope.data[&name], &Value::from(text));
            prop_assert_eq!(envelope.expected_sequence, Some(Sequence::new(sequence)));
        }
    }

    #[test]
    fn an_unknown_field_is_refused() {
        assert!(Envelope::read(br#"{"data": {}, "tenant": "x"}"#).is_err());
    }

    #[test]
    fn a_field_that_is_there_twice_is_refused() {
        let twice = br#"{"data": {"agent_id": "codegen", "agent_id": "review"}}"#;
        assert!(Envelope::read(twice).is_err());
    }

    #[test]
    fn a_body_cannot_name_another_agent() {
        let me: AgentId = "codegen".parse().expect("an id");
        let mut other = Envelope::read(br#"{"data": {"agent_id": "review"}}"#).expect("reads");
        assert!(!other.names_only(&me));
        let mut own = Envelope::read(br#"{"data": {"agent_id": "codegen"}}"#).expect("reads");
        assert!(own.names_only(&me) && own.data.is_empty());
        let mut by_id = Envelope::read(br#"{"id": "review"}"#).expect("reads");
        assert!(!by_id.names_only(&me));
    }
}
