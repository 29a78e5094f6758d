//! The step before an agent's log is written: lines that name an execution go to its log.

use std::collections::BTreeMap;

use pantheon_events::agent_executions::{AppendExecutionLog, ExecutionLogEntry};
use pantheon_events::agents::{AppendLog, LogEntry};
use pantheon_events::tasks::Object;
use pantheon_events::{CommandContext, Refusal};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::domain::agent_executions::AgentExecution;
use crate::domain::agents::Agent;
use crate::store::{Committed, DispatchError, Dispatcher, Loaded};

/// Sorts the lines of agents.
pub struct ExecutionLines {
    /// Whose logs they go to.
    pub executions: Dispatcher<AgentExecution>,
    /// Whose lines they are.
    pub agents: Committed<Agent>,
}

impl ExecutionLines {
    /// Whether a line names an execution.
    pub fn concerns(append: &AppendLog) -> bool {
        append
            .entries
            .iter()
            .any(|entry| entry.execution_id.is_some())
    }

    /// Puts the lines of executions into their logs; gives the others back.
    pub async fn sort(
        &self,
        agent: &str,
        append: AppendLog,
        by: &CommandContext,
    ) -> Result<AppendLog, DispatchError> {
        // The agent's own rule says no to a stranger; where logging is off, all lines are let go.
        let may = |agent: &Loaded<Agent>| {
            let speaks = agent.tenant == Some(by.tenant) && agent.aggregate.public_key.is_some();
            speaks && agent.aggregate.config.enable_logging
        };
        let kept = self.agents.look(agent, may).await?;
        let mut own = Vec::new();
        let mut logs: BTreeMap<Uuid, Vec<ExecutionLogEntry>> = BTreeMap::new();
        for entry in append.entries {
            match entry.execution_id {
                Some(execution) => logs.entry(execution).or_default().push(line(agent, entry)),
                None => own.push(entry),
            }
        }
        for (execution, entries) in logs.into_iter().filter(|_| kept) {
            let step = by.step(&format!("append_log/{execution}"));
            let by = CommandContext {
                command_id: step.command_id,
                ..by.own_step("append_log")
            };
            let command = AppendExecutionLog { entries };
            let executions = &self.executions;
            executions
                .dispatch(&execution.to_string(), command, by)
                .await
                .map_err(unknown)?;
        }
        Ok(AppendLog { entries: own })
    }
}

/// The agent hears which field is at fault.
fn unknown(error: DispatchError) -> DispatchError {
    match error {
        DispatchError::Refused { refusal, .. } if refusal.code == "not_found" => {
            DispatchError::refused(Refusal::invalid(
                "entries",
                "there is no such execution here; name one that the agent works on, or none",
            ))
        }
        other => other,
    }
}

/// An agent's line as an execution's.
fn line(agent: &str, entry: LogEntry) -> ExecutionLogEntry {
    let mut metadata = Object::new();
    let known = [
        ("agent_id", Some(json!(agent))),
        ("session_id", entry.session_id.map(Value::from)),
        ("context", entry.context.map(Value::from)),
        ("file", entry.file.map(Value::from)),
        ("line", entry.line.map(Value::from)),
        ("issue_number", entry.issue_number.map(Value::from)),
    ];
    for (name, value) in known {
        metadata.extend(value.map(|value| (name.to_owned(), value)));
    }
    ExecutionLogEntry {
        log_level: entry.level,
        message: entry.message,
        timestamp: entry.timestamp,
        metadata: Some(metadata),
    }
}
