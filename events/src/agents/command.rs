//! What can be asked of an agent, and what it says itself.

use chrono::{DateTime, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    ControlRequest, CurrentTask, HeartbeatRecording, LOG_ENTRY_BYTES, LogEntry, MemberKind,
    ReportedState,
};
use crate::commands;

macro_rules! plain_commands {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
        #[serde(deny_unknown_fields)]
        pub struct $name {}
    )+};
}

plain_commands! {
    /// Puts an agent of the catalogue into the default organisation; its id is the catalogue's.
    RegisterAgent,
    /// Takes an agent's key away: it may no longer speak.
    RevokeAgent,
    /// Asks an agent to work.
    StartAgent,
    /// Asks it to stop; its running tasks are released.
    StopAgent,
    /// Asks it to finish what it has and take nothing new.
    PauseAgent,
    /// Asks a paused agent to take tasks again.
    ResumeAgent,
    /// Asks it to end and start anew.
    RestartAgent,
}

/// Gives an agent a key of its own, with which it may speak.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct EnrollAgent {
    /// Its public NKey (`U…`). The seed never comes here.
    #[garde(custom(user_key))]
    pub public_key: String,
    /// A catalogue id, `<id>-agent` or the long name.
    #[serde(rename = "type")]
    #[garde(length(chars, min = 1, max = 64))]
    pub agent_type: String,
    /// What kind of member it is; `agent` when left out.
    #[serde(default = "agent")]
    #[garde(skip)]
    pub kind: MemberKind,
    /// Its name, 1–255 characters; the catalogue's when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(custom(crate::tasks::name_length)))]
    pub name: Option<String>,
    /// 0–4; the catalogue's when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 0, max = 4))]
    pub layer: Option<u8>,
    /// What it can do beyond the catalogue's capabilities; at most 50.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[garde(length(max = 50), inner(length(chars, min = 1, max = 100)))]
    pub capabilities: Vec<String>,
}

const fn agent() -> MemberKind {
    MemberKind::Agent
}

/// Changes how an agent is to work; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ConfigureAgent {
    /// 1–100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 1, max = 100))]
    pub max_concurrent_tasks: Option<u32>,
    /// 1–86 400.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 1, max = 86_400))]
    pub timeout_seconds: Option<u32>,
    /// 0–20.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 0, max = 20))]
    pub retry_attempts: Option<u32>,
    /// Whether its log entries are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub enable_logging: Option<bool>,
}

/// The agent did what it was asked to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ConfirmControl {
    /// Which request it confirms; whatever is outstanding when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub request: Option<ControlRequest>,
}

/// Gives up a request that nobody confirmed within 30 s.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ExpireControl {
    /// When it was made, which tells it from a later one.
    #[serde(deserialize_with = "crate::time::required")]
    #[garde(skip)]
    pub requested_at: DateTime<Utc>,
}

/// A sign of life.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RecordHeartbeat {
    /// How it is; `active` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub state: Option<ReportedState>,
    /// One per start of the agent's process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 128))]
    pub session_id: Option<String>,
    /// Seconds since the agent's process started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 0, max = 10_000_000_000_i64))]
    pub uptime_seconds: Option<i64>,
    /// Percent, 0–100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 0.0, max = 100.0))]
    pub cpu_usage: Option<f64>,
    /// Percent, 0–100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 0.0, max = 100.0))]
    pub memory_usage: Option<f64>,
    /// Tasks it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 0, max = 10_000))]
    pub active_tasks: Option<i32>,
    /// What it is at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub current_task: Option<CurrentTask>,
    /// The agent's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 64))]
    pub version: Option<String>,
    /// What troubles it, at most 16 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(bytes, max = 16384))]
    pub error: Option<String>,
    /// Which heartbeats become events: the node's setting, never the agent's choice.
    #[serde(skip)]
    #[garde(skip)]
    pub recording: HeartbeatRecording,
}

/// An agent has been silent for long enough to take it for gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MarkUnresponsive {
    /// The last sign of life that the sender knows of.
    #[serde(deserialize_with = "crate::time::required")]
    #[garde(skip)]
    pub last_heard: DateTime<Utc>,
    /// Seconds of silence that count as gone.
    #[garde(range(min = 1))]
    pub silent_seconds: u32,
}

/// An agent has been silent for long enough to doubt it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MarkDegraded {
    /// The last sign of life that the sender knows of.
    #[serde(deserialize_with = "crate::time::required")]
    #[garde(skip)]
    pub last_heard: DateTime<Utc>,
    /// Seconds of silence that count as doubtful.
    #[garde(range(min = 1))]
    pub silent_seconds: u32,
}

/// Something went wrong that the agent wants known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ReportError {
    /// What, 1 byte to 16 KiB.
    #[garde(length(bytes, min = 1, max = 16384))]
    pub error: String,
    /// The task it happened in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub task_id: Option<crate::TaskId>,
}

/// Lines for the agent's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AppendLog {
    /// 1–100 entries, each at most 8 KiB.
    #[garde(length(min = 1, max = 100), custom(entry_sizes), dive)]
    pub entries: Vec<LogEntry>,
}

fn entry_sizes(entries: &[LogEntry], (): &()) -> garde::Result {
    match entries
        .iter()
        .position(|entry| size(entry) > LOG_ENTRY_BYTES)
    {
        Some(at) => Err(garde::Error::new(format!(
            "entry {at} is larger than 8 KiB; split it over several entries"
        ))),
        None => Ok(()),
    }
}

fn size(entry: &LogEntry) -> usize {
    serde_json::to_string(entry).map_or(usize::MAX, |text| text.len())
}

/// A public key of a user of NATS (`garde` custom rule).
pub fn user_key(key: &str, (): &()) -> garde::Result {
    let base32 = key
        .bytes()
        .all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'));
    if key.len() == 56 && key.starts_with('U') && base32 {
        Ok(())
    } else {
        Err(garde::Error::new(
            "is not a public user NKey (U and 55 characters); make one with `pantheon agent enroll`",
        ))
    }
}

commands! {
    /// The commands of one agent.
    pub enum AgentCommand for "agent" {
        RegisterAgent = "register_agent" creates,
        EnrollAgent = "enroll_agent" creates,
        RevokeAgent = "revoke_agent",
        ConfigureAgent = "configure_agent",
        StartAgent = "start_agent",
        StopAgent = "stop_agent",
        PauseAgent = "pause_agent",
        ResumeAgent = "resume_agent",
        RestartAgent = "restart_agent",
        ConfirmControl = "confirm_control",
        ExpireControl = "expire_control",
        RecordHeartbeat = "record_heartbeat",
        MarkUnresponsive = "mark_unresponsive",
        MarkDegraded = "mark_degraded",
        ReportError = "report_error",
        AppendLog = "append_log",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DomainCommand, InvalidCommand};

    fn parse(name: &str, data: &str) -> Result<AgentCommand, InvalidCommand> {
        let command = AgentCommand::parse(name, data.as_bytes())?;
        command.check().map(|()| command)
    }

    fn field_at_fault(name: &str, data: &str) -> String {
        match parse(name, data) {
            Err(InvalidCommand::OutOfBounds(errors)) => errors[0].field.clone(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_configuration_outside_its_ranges_is_refused_by_field() {
        for (data, field) in [
            (r#"{"maxConcurrentTasks":0}"#, "maxConcurrentTasks"),
            (r#"{"maxConcurrentTasks":101}"#, "maxConcurrentTasks"),
            (r#"{"timeoutSeconds":0}"#, "timeoutSeconds"),
            (r#"{"timeoutSeconds":86401}"#, "timeoutSeconds"),
            (r#"{"retryAttempts":21}"#, "retryAttempts"),
        ] {
            assert_eq!(field_at_fault("configure_agent", data), field, "{data}");
        }
        let ends = r#"{"maxConcurrentTasks":100,"timeoutSeconds":1,"retryAttempts":0}"#;
        assert!(parse("configure_agent", ends).is_ok());
    }

    #[test]
    fn a_heartbeat_is_checked_field_by_field() {
        for (data, field) in [
            (r#"{"cpu_usage":100.1}"#, "cpu_usage"),
            (r#"{"memory_usage":-1}"#, "memory_usage"),
            (r#"{"uptime_seconds":-1}"#, "uptime_seconds"),
            (r#"{"active_tasks":-1}"#, "active_tasks"),
            (r#"{"session_id":""}"#, "session_id"),
            (
                r#"{"current_task":{"task_id":"018f0000-0000-7000-8000-000000000001","progress":1.5}}"#,
                "current_task.progress",
            ),
        ] {
            assert_eq!(field_at_fault("record_heartbeat", data), field, "{data}");
        }
        assert!(parse("record_heartbeat", "{}").is_ok());
    }

    #[test]
    fn an_agent_cannot_choose_how_its_heartbeats_are_recorded() {
        let refused = parse("record_heartbeat", r#"{"recording":"Transitions"}"#);
        assert!(
            matches!(refused, Err(InvalidCommand::Malformed { .. })),
            "{refused:?}"
        );
    }

    #[test]
    fn a_log_takes_1_to_100_entries_of_at_most_8_kib() {
        assert_eq!(field_at_fault("append_log", r#"{"entries":[]}"#), "entries");
        let many = format!(
            r#"{{"entries":[{}]}}"#,
            vec![r#"{"message":"x"}"#; 101].join(",")
        );
        assert_eq!(field_at_fault("append_log", &many), "entries");
        let long = format!(r#"{{"entries":[{{"message":"{}"}}]}}"#, "x".repeat(8190));
        assert_eq!(field_at_fault("append_log", &long), "entries");
        assert!(parse("append_log", r#"{"entries":[{"message":"x"}]}"#).is_ok());
    }

    #[test]
    fn only_a_public_user_key_enrols() {
        let seed = format!("SU{}", "A".repeat(56));
        for key in ["", "U", &seed, &format!("U{}", "a".repeat(55))] {
            let data = format!(r#"{{"public_key":"{key}","type":"codegen"}}"#);
            assert_eq!(field_at_fault("enroll_agent", &data), "public_key");
        }
        let good = format!(r#"{{"public_key":"U{}","type":"codegen"}}"#, "A".repeat(55));
        assert!(parse("enroll_agent", &good).is_ok());
    }
}
