//! Control messages to one agent. Core NATS: an agent that is away does not get them later; what
//! it should be doing is also in the answer to its next heartbeat.

use async_nats::HeaderMap;
use pantheon_events::{AgentId, Position};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::bus::{Bus, BusError, refused};
use crate::subject::Subject;

/// What an agent is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// Begin to work.
    Start,
    /// Stop working.
    Stop,
    /// Hold the work.
    Pause,
    /// Take the work up again.
    Resume,
    /// Stop and start.
    Restart,
    /// Use the configuration in `data`.
    Configure,
    /// The task in `data` is this agent's now.
    TaskAssigned,
    /// The deployment in `data` may start.
    DeploymentRequested,
    /// The task in `data` was given up: stop working on it.
    TaskCancelled,
}

/// One control message: `{"tell": "pause", "position": "42", "data": {…}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tell {
    /// What to do.
    pub tell: Control,
    /// The position of the event that this follows from: an agent drops what is not newer than
    /// what it has obeyed.
    pub position: Position,
    /// What belongs to it; `null` for most.
    #[serde(default)]
    pub data: Value,
}

/// Tells an agent. Returns when the message is handed to the connection, within the request timeout.
pub async fn tell(bus: &Bus, agent: &AgentId, message: &Tell) -> Result<(), BusError> {
    bus.check()?;
    let subject = Subject::Tell(agent.clone()).to_string();
    let body = serde_json::to_vec(message).map_err(refused)?;
    bus.publish(subject, HeaderMap::new(), body.into()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_message_is_plain_json() {
        let message = Tell {
            tell: Control::TaskAssigned,
            position: Position::new(7),
            data: Value::Null,
        };
        let text = serde_json::to_string(&message).expect("serialises");
        assert_eq!(
            text,
            r#"{"tell":"task_assigned","position":"7","data":null}"#
        );
    }
}
