//! The words of executions.

use std::fmt;

use chrono::{DateTime, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::agents::LogLevel;
use crate::tasks::{Object, object_size};

/// The kinds of agents that work on issues.
pub const EXECUTORS: [&str; 6] = [
    "coordinator",
    "codegen",
    "review",
    "pr",
    "deployment",
    "issue",
];

/// Where an execution stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionStatus {
    /// Nobody has begun.
    #[default]
    Pending,
    /// Somebody is at it.
    Running,
    /// It is done.
    Completed,
    /// It could not be done.
    Failed,
    /// It was given up.
    Cancelled,
}

impl ExecutionStatus {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// How an execution is carried out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ExecutionOptions {
    /// In a worktree of its own.
    #[serde(default)]
    #[garde(skip)]
    pub use_worktree: bool,
    /// With a pull request at the end.
    #[serde(default)]
    #[garde(skip)]
    pub auto_pr: bool,
    /// With a message to the team.
    #[serde(default)]
    #[garde(skip)]
    pub slack_notify: bool,
}

/// Derived, an empty list would do for an object whose fields may all be left out.
impl<'de> Deserialize<'de> for ExecutionOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Options)
    }
}

struct Options;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Said {
    use_worktree: bool,
    auto_pr: bool,
    slack_notify: bool,
}

impl<'de> Visitor<'de> for Options {
    type Value = ExecutionOptions;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<ExecutionOptions, A::Error> {
        let said = Said::deserialize(MapAccessDeserializer::new(access))?;
        Ok(ExecutionOptions {
            use_worktree: said.use_worktree,
            auto_pr: said.auto_pr,
            slack_notify: said.slack_notify,
        })
    }
}

/// One line of an execution's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ExecutionLogEntry {
    /// How grave.
    #[garde(skip)]
    pub log_level: LogLevel,
    /// What happened, 1 byte to 8 KiB.
    #[garde(length(bytes, min = 1, max = 8192))]
    pub message: String,
    /// When; the time of the append when left out.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::time::optional"
    )]
    #[garde(skip)]
    pub timestamp: Option<DateTime<Utc>>,
    /// Whatever helps to place it, at most 16 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(custom(object_size))]
    pub metadata: Option<Object>,
}
