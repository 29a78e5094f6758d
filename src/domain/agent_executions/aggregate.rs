//! One execution: an agent at work on an issue.

use chrono::{DateTime, Utc};
use pantheon_events::TaskId;
use pantheon_events::agent_executions::{
    AgentExecutionCommand as Command, AgentExecutionEvent as Event, ExecutionStatus,
    ExecutionSubject,
};
use serde::{Deserialize, Serialize};

use super::{ExecutionError, decide};
use crate::aggregate;
use crate::domain::Asked;

/// An execution's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AgentExecution {
    /// On what, and which kind of agent; nothing until it was asked for.
    pub subject: Option<ExecutionSubject>,
    /// The task that carries it out.
    pub task_id: Option<TaskId>,
    /// Where it stands.
    pub status: ExecutionStatus,
    /// 0–100.
    pub progress: i32,
    /// What was said of it last.
    pub message: Option<String>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

impl AgentExecution {
    fn decide(&self, asked: &Asked<Command>) -> Result<Vec<Event>, ExecutionError> {
        match &asked.command {
            Command::RequestExecution(command) => decide::request(self, asked, command),
            Command::StartExecution(_) => decide::start(self, asked.at),
            Command::ReportExecutionProgress(command) => decide::progress(self, command),
            Command::AppendExecutionLog(command) => decide::append_log(self, command, asked.at),
            Command::CompleteExecution(command) => decide::complete(self, command, asked.at),
            Command::FailExecution(command) => decide::fail(self, command, asked.at),
            Command::CancelExecution(_) => decide::cancel(self, asked.at),
        }
    }

    fn evolve(&mut self, event: Event) {
        match event {
            Event::AgentExecutionRequested(asked) => {
                self.task_id = Some(asked.task_id);
                self.subject = Some(asked.subject);
            }
            Event::AgentExecutionStarted(_) => self.status = ExecutionStatus::Running,
            Event::AgentExecutionProgressed(progressed) => {
                self.progress = progressed.progress;
                self.message = progressed.message;
            }
            Event::AgentExecutionLogAppended(_) => {}
            Event::AgentExecutionCompleted(done) => self.end(ExecutionStatus::Completed, done.at),
            Event::AgentExecutionFailed(failed) => self.end(ExecutionStatus::Failed, failed.at),
            Event::AgentExecutionCancelled(gone) => self.end(ExecutionStatus::Cancelled, gone.at),
        }
    }

    fn end(&mut self, status: ExecutionStatus, at: DateTime<Utc>) {
        self.status = status;
        self.ended_at = Some(at);
    }

    fn valid_id(id: &str) -> bool {
        crate::domain::is_plain_uuid(id)
    }
}

aggregate!(AgentExecution: Command => Event, ExecutionError);
