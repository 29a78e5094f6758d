//! The registry of identifiers. An id is a newtype, so that one kind is never taken for another.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The namespace of every id that Pantheon derives from a name (RFC 9562, version 5).
pub const NAMESPACE: Uuid = Uuid::from_u128(0x8f1d_3a52_6c1e_5b0a_9d0e_7061_6e74_6865);

macro_rules! uuid_ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID that is known to name this kind of thing.
            #[must_use]
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The UUID itself.
            #[must_use]
            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }

            /// The id that belongs to a natural key: the same key gives the same id for ever.
            #[must_use]
            pub fn of_key(parts: &[&str]) -> Self {
                Self(of_key(stringify!($name), parts))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self).map_err(|_| InvalidId { expected: "a UUID" })
            }
        }
    )+};
}

uuid_ids! {
    /// Chosen by the caller of a command; the idempotency key (G2).
    CommandId,
    /// One event, for ever.
    EventId,
    /// An organisation, or a user's personal space.
    TenantId,
    /// A person's account.
    UserId,
    /// Members of an organisation who work together.
    TeamId,
    /// A sign-in and the tokens that follow from it.
    SessionId,
    /// A unit of work for agents.
    TaskId,
    /// An edge between two tasks.
    DependencyId,
    /// Tasks that belong together, and their order.
    PlanId,
    /// A plan that is made again and again.
    WorkflowId,
    /// Something that is sold.
    ProductId,
    /// A customer's order.
    OrderId,
    /// A decision that people have to take.
    ApprovalId,
    /// One roll-out of a version to an environment.
    DeploymentId,
    /// What is wrong with one thing.
    AlertId,
    /// A cloud account, or the installation itself, as observers see it.
    InfrastructureId,
    /// A branch's worktree.
    WorktreeId,
    /// A repository whose commits and tags are observed.
    GitId,
    /// Names an export of a tenant's rows.
    ExportId,
    /// A repository of a tenant.
    RepositoryId,
    /// An agent at work on an issue.
    AgentExecutionId,
}

fn of_key(kind: &str, parts: &[&str]) -> Uuid {
    // A unit separator cannot be part of a name that passed validation, so keys cannot collide.
    Uuid::new_v5(
        &NAMESPACE,
        format!("{kind}\u{1f}{}", parts.join("\u{1f}")).as_bytes(),
    )
}

impl CommandId {
    /// A fresh, time-ordered id for a command whose caller brought none.
    #[must_use]
    pub fn generate() -> Self {
        Self(Uuid::now_v7())
    }

    /// The id of a further step of this command: a crash between the steps and a repeat of the
    /// outer command both lead to the same step id.
    #[must_use]
    pub fn step(&self, name: &str) -> Self {
        Self(Uuid::new_v5(&self.0, name.as_bytes()))
    }

    /// The id of what this command creates. The same command creates the same thing; a
    /// time-ordered command id gives a time-ordered (index-friendly) id.
    #[must_use]
    pub fn created(&self, kind: &str) -> Uuid {
        if self.0.get_version_num() != 7 {
            return Uuid::new_v5(&self.0, kind.as_bytes());
        }
        let mut hash = Sha256::new();
        hash.update(self.0.as_bytes());
        hash.update(kind.as_bytes());
        let digest = hash.finalize();
        let mut bytes = *self.0.as_bytes();
        bytes[6..16].copy_from_slice(&digest[..10]);
        bytes[6] = (bytes[6] & 0x0f) | 0x70;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        Uuid::from_bytes(bytes)
    }
}

impl EventId {
    /// A fresh, time-ordered event id.
    #[must_use]
    pub fn generate() -> Self {
        Self(Uuid::now_v7())
    }
}

impl TenantId {
    /// The organisation that is made at the first start.
    #[must_use]
    pub fn default_organization() -> Self {
        Self::of_slug("default")
    }

    /// A user's personal space.
    #[must_use]
    pub fn personal(user: UserId) -> Self {
        Self::of_key(&["personal", &user.to_string()])
    }

    /// The organisation with this slug. Slugs are never given to a second owner.
    #[must_use]
    pub fn of_slug(slug: &str) -> Self {
        Self::of_key(&["organization", slug])
    }
}

impl TeamId {
    /// The team with this slug in an organisation. Slugs are never given to a second team.
    #[must_use]
    pub fn of_slug(organization: TenantId, slug: &str) -> Self {
        Self::of_key(&[&organization.to_string(), slug])
    }
}

/// A member of the fleet. Lower-case letters, digits, `-` and `_`, 1 to 64 characters, so that it
/// is also one token of a NATS subject and one segment of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct AgentId(#[schemars(regex(pattern = r"^[a-z0-9][a-z0-9_-]{0,63}$"))] String);

impl AgentId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AgentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for AgentId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let ok = (1..=64).contains(&text.len())
            && text
                .bytes()
                .next()
                .is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
        if ok {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidId {
                expected: "1 to 64 lower-case letters, digits, '-' or '_', starting with a letter or digit",
            })
        }
    }
}

impl<'de> Deserialize<'de> for AgentId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A text that is not an id of the kind that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct InvalidId {
    /// What an id of this kind looks like.
    pub expected: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_creates_the_same_id_every_time() {
        for command in [CommandId::generate(), CommandId::new(Uuid::new_v4())] {
            assert_eq!(command.created("task"), command.created("task"));
            assert_ne!(command.created("task"), command.created("order"));
        }
    }

    #[test]
    fn a_time_ordered_command_creates_a_time_ordered_id() {
        let command = CommandId::generate();
        let created = command.created("task");
        assert_eq!(created.get_version_num(), 7);
        assert_eq!(created.as_bytes()[..6], command.as_uuid().as_bytes()[..6]);
    }

    #[test]
    fn an_agent_id_is_one_token_of_a_subject() {
        for good in ["codegen", "codegen-2", "a", "0_x"] {
            assert!(good.parse::<AgentId>().is_ok(), "{good}");
        }
        for bad in ["", "-a", "A", "a.b", "a b", "a>", "*", &"a".repeat(65)] {
            assert!(bad.parse::<AgentId>().is_err(), "{bad}");
        }
    }
}
