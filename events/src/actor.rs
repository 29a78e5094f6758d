//! Who did it. An event without an actor cannot be made.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What kind of actor stands behind a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A person, by token.
    Human,
    /// A member of the fleet, by its key.
    Agent,
    /// A process that reacts to events.
    Policy,
    /// Pantheon itself.
    System,
}

/// Who asked for a command.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// The kind of actor.
    pub kind: ActorKind,
    /// Its id: a user's UUID, an agent's id, a process's or a node's name.
    pub id: String,
    /// Whom it acts for, when that is somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<String>,
}

impl Actor {
    /// A person.
    pub fn human(id: impl Into<String>) -> Self {
        Self::of(ActorKind::Human, id)
    }

    /// A member of the fleet.
    pub fn agent(id: impl Into<String>) -> Self {
        Self::of(ActorKind::Agent, id)
    }

    /// A process, by name.
    pub fn policy(name: impl Into<String>) -> Self {
        Self::of(ActorKind::Policy, name)
    }

    /// Pantheon itself, by the part that acts.
    pub fn system(part: impl Into<String>) -> Self {
        Self::of(ActorKind::System, part)
    }

    fn of(kind: ActorKind, id: impl Into<String>) -> Self {
        Self {
            kind,
            id: id.into(),
            on_behalf_of: None,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            ActorKind::Human => "human",
            ActorKind::Agent => "agent",
            ActorKind::Policy => "policy",
            ActorKind::System => "system",
        };
        write!(f, "{kind}:{}", self.id)
    }
}
