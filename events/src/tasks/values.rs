//! The words of tasks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Where a task stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    /// Waits for an agent.
    #[default]
    Pending,
    /// Exactly one holder works on it.
    Running,
    /// Done.
    Completed,
    /// Failed for good.
    Failed,
    /// Given up.
    Cancelled,
}

impl TaskStatus {
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

/// How urgent a task is; `P0` goes first.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
pub enum Priority {
    /// At once.
    P0,
    /// Soon.
    P1,
    /// In its turn.
    #[default]
    P2,
}

impl Priority {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::P0 => "P0",
            Self::P1 => "P1",
            Self::P2 => "P2",
        }
    }
}

/// What kind of work a task is. Any case is accepted, lower case is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum TaskType {
    Feature,
    Bug,
    Refactor,
    Docs,
    Test,
    Deployment,
}

impl TaskType {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Feature => "feature",
            Self::Bug => "bug",
            Self::Refactor => "refactor",
            Self::Docs => "docs",
            Self::Test => "test",
            Self::Deployment => "deployment",
        }
    }
}

impl<'de> Deserialize<'de> for TaskType {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?.to_lowercase();
        match word.as_str() {
            "feature" => Ok(Self::Feature),
            "bug" => Ok(Self::Bug),
            "refactor" => Ok(Self::Refactor),
            "docs" => Ok(Self::Docs),
            "test" => Ok(Self::Test),
            "deployment" => Ok(Self::Deployment),
            _ => Err(serde::de::Error::custom(
                "expected feature, bug, refactor, docs, test or deployment",
            )),
        }
    }
}

/// When a dependency holds its task back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DependencyType {
    /// The other task is completed before this one starts.
    #[default]
    FinishToStart,
    /// The other task has started before this one starts.
    StartToStart,
    /// The other task is completed before this one completes.
    FinishToFinish,
}

impl DependencyType {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FinishToStart => "finish_to_start",
            Self::StartToStart => "start_to_start",
            Self::FinishToFinish => "finish_to_finish",
        }
    }
}

/// A free JSON object, at most 16 KiB as text.
pub type Object = Map<String, Value>;

/// The largest free object, in bytes of its JSON text.
pub const OBJECT_BYTES: usize = 16 * 1024;

/// Limits a free object (`garde` custom rule).
pub fn object_size(object: &Option<Object>, _: &()) -> garde::Result {
    match object {
        Some(object) if size(object) > OBJECT_BYTES => Err(garde::Error::new(
            "is larger than 16 KiB; keep large data elsewhere and link it",
        )),
        _ => Ok(()),
    }
}

fn size(object: &Object) -> usize {
    serde_json::to_string(object).map_or(usize::MAX, |text| text.len())
}

/// A name: 1 to 255 characters after trimming (`garde` custom rule).
pub fn name_length(name: &str, _: &()) -> garde::Result {
    match name.trim().chars().count() {
        1..=255 => Ok(()),
        0 => Err(garde::Error::new("is empty; give it a name")),
        _ => Err(garde::Error::new(
            "is longer than 255 characters; shorten it",
        )),
    }
}
