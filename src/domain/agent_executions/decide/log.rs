//! `append_execution_log`: lines for its log, as long as it runs and an hour more.

use chrono::{DateTime, TimeDelta, Utc};
use pantheon_events::agent_executions::{
    AgentExecutionLogAppended, AppendExecutionLog, ExecutionLogEntry,
};

use super::super::{AgentExecution, ExecutionError};
use super::Decision;

/// How long after its end lines are still taken.
const OPEN_FOR: TimeDelta = TimeDelta::hours(1);

pub(in super::super) fn append_log(
    execution: &AgentExecution,
    command: &AppendExecutionLog,
    at: DateTime<Utc>,
) -> Decision {
    let subject = execution.subject.as_ref();
    let subject = subject.ok_or(ExecutionError::NoRepository)?;
    if execution.ended_at.is_some_and(|end| at - end > OPEN_FOR) {
        return Err(ExecutionError::LogClosed);
    }
    let dated = |entry: &ExecutionLogEntry| ExecutionLogEntry {
        timestamp: entry.timestamp.or(Some(at)),
        ..entry.clone()
    };
    let appended = AgentExecutionLogAppended {
        entries: command.entries.iter().map(dated).collect(),
        agent_type: subject.agent_type.clone(),
        issue_number: subject.issue_number,
    };
    Ok(vec![appended.into()])
}

#[cfg(test)]
mod tests {
    use pantheon_events::agents::LogLevel;

    use super::super::given::{asked, completed, history, now, requested, started};
    use super::*;

    fn line(timestamp: Option<DateTime<Utc>>) -> ExecutionLogEntry {
        ExecutionLogEntry {
            log_level: LogLevel::Info,
            message: "reading".to_owned(),
            timestamp,
            metadata: None,
        }
    }

    #[tokio::test]
    async fn lines_are_taken_until_an_hour_after_the_end() {
        let command = || AppendExecutionLog {
            entries: vec![line(None)],
        };
        for (after, taken) in [(0, true), (3600, true), (3601, false)] {
            let mut asked = asked(command());
            asked.at = now() + TimeDelta::seconds(after);
            let appended = AgentExecutionLogAppended {
                entries: vec![line(Some(asked.at))],
                agent_type: "codegen".to_owned(),
                issue_number: 7,
            };
            let ended = history(vec![requested(), started(), completed()]);
            let result = ended.when_async(asked).await;
            match taken {
                true => result.then_expect_events(vec![appended.into()]),
                false => result.then_expect_error(ExecutionError::LogClosed),
            }
        }
    }
}
