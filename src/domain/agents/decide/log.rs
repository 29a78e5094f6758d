//! `append_log`: lines for an agent's log. Where logging is switched off they are let go; those of
//! executions were put into their logs before.

use pantheon_events::agents::{AgentEvent, AgentLogAppended, AppendLog, LogEntry};

use crate::domain::Asked;
use crate::domain::agents::{Agent, AgentError};

pub(in crate::domain::agents) fn append_log(
    agent: &Agent,
    asked: &Asked<&AppendLog>,
) -> Result<Vec<AgentEvent>, AgentError> {
    agent.speaks(asked)?;
    if !agent.config.enable_logging || asked.command.entries.is_empty() {
        return Ok(vec![]);
    }
    let dated = |entry: &LogEntry| LogEntry {
        timestamp: entry.timestamp.or(Some(asked.at)),
        ..entry.clone()
    };
    Ok(vec![
        AgentLogAppended {
            entries: asked.command.entries.iter().map(dated).collect(),
            agent_type: agent.agent_type.clone(),
        }
        .into(),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::*;
    use super::*;
    use chrono::{DateTime, Utc};
    use pantheon_events::agents::{AgentConfig, AgentConfigured, LogLevel};

    fn entry(timestamp: Option<DateTime<Utc>>) -> LogEntry {
        LogEntry {
            level: LogLevel::Warn,
            message: "the disk is nearly full".into(),
            timestamp,
            session_id: None,
            execution_id: None,
            context: None,
            file: None,
            line: None,
            issue_number: None,
        }
    }

    #[test]
    fn entries_without_a_time_get_that_of_the_append() {
        let command = AppendLog {
            entries: vec![entry(Some(EARLIER)), entry(None)],
        };
        given(up()).when(itself(command)).then_expect_events(vec![
            AgentLogAppended {
                entries: vec![entry(Some(EARLIER)), entry(Some(NOW))],
                agent_type: ID.into(),
            }
            .into(),
        ]);
    }

    #[test]
    fn with_logging_switched_off_nothing_is_kept() {
        let off = AgentConfigured {
            config: AgentConfig {
                enable_logging: false,
                ..AgentConfig::default()
            },
            agent_name: NAME.into(),
        };
        given(with(up(), [off.into()]))
            .when(itself(AppendLog {
                entries: vec![entry(None)],
            }))
            .then_expect_events(vec![]);
    }

    #[test]
    fn only_an_enrolled_agent_itself_writes_its_log() {
        let command = AppendLog {
            entries: vec![entry(None)],
        };
        given(up())
            .when(asked(command.clone()))
            .then_expect_error(AgentError::NotItself);
        given(revoked())
            .when(itself(command))
            .then_expect_error(AgentError::Revoked);
    }
}
