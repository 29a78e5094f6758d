//! The body of a command on the bus.

use pantheon_events::approvals::{RequestApproval, Subject};
use pantheon_events::command::read_json;
use pantheon_events::{AgentId, CommandId, InvalidCommand, Sequence};
use serde::Deserialize;
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
    #[serde(default)]
    pub data: Map<String, Value>,
    /// The sequence that the caller insists on.
    #[serde(default)]
    pub expected_sequence: Option<Sequence>,
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
        match self.data.remove(field) {
            Some(Value::String(id)) => Ok(id),
            _ => Err(InvalidCommand::Malformed {
                field: format!("data.{field}"),
                message: format!("expected the id as a string in {field}"),
            }),
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
    use super::*;

    #[test]
    fn an_empty_body_is_a_command_without_data() {
        let envelope = Envelope::read(b"").expect("reads");
        assert!(envelope.data.is_empty() && envelope.command_id.is_none());
    }

    #[test]
    fn an_unknown_field_is_refused() {
        assert!(Envelope::read(br#"{"data": {}, "tenant": "x"}"#).is_err());
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
