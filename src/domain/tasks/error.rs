//! Why a task's rules say no.

use chrono::{DateTime, SecondsFormat, Utc};
use pantheon_events::tasks::TaskStatus;
use pantheon_events::{AgentId, FieldError, Refusal, TaskId};

use crate::domain::RuleError;

/// The refusals of one task.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaskError {
    /// The id is taken.
    #[error("A task with this id exists already. Send the command without an id of your own.")]
    AlreadyExists,
    /// No such kind of agent.
    #[error("there is no agent type {0:?}; GET /api/v1/agents lists them")]
    UnknownAgentType(String),
    /// Deleted, or not the caller's.
    #[error("There is no such task.")]
    NotFound,
    /// The table of transitions has no such step.
    #[error("The task is {}; it cannot {wanted}. {hint}", from.as_str())]
    InvalidTransition {
        /// Where it stands.
        from: TaskStatus,
        /// What was asked for, as a verb.
        wanted: &'static str,
        /// What to do instead.
        hint: &'static str,
    },
    /// After a failed attempt a task rests for a while.
    #[error(
        "The task rests after a failed attempt. Claim it again from {} on.",
        ready_at.to_rfc3339_opts(SecondsFormat::Millis, true)
    )]
    NotReady {
        /// When it may be claimed again.
        ready_at: DateTime<Utc>,
    },
    /// An agent touched what another one holds.
    #[error("The task is {}. Only its holder may do this; claim a task first.", held_by(.holder))]
    NotTheHolder {
        /// Who holds it.
        holder: Option<AgentId>,
    },
    /// An agent spoke for another one.
    #[error("An agent can take a task only for itself.")]
    ForAnother,
    /// The agent is not of the kind that the task needs.
    #[error("The task needs {needs}, which {agent} does not have. Claim another task.")]
    Unfit {
        /// Who wanted it.
        agent: AgentId,
        /// What it lacks.
        needs: String,
    },
    /// The agent holds as many tasks as it may.
    #[error(
        "{agent} holds {held} tasks and may hold {limit}. Complete one first, or raise maxConcurrentTasks."
    )]
    AgentBusy {
        /// Who wanted one more.
        agent: AgentId,
        /// How many it holds.
        held: i64,
        /// How many it may hold.
        limit: i64,
    },
    /// The agent is told to take nothing.
    #[error("{agent} is {state} and claims nothing. Start or resume it first.")]
    AgentNotRunning {
        /// Who wanted one.
        agent: AgentId,
        /// Its wanted state.
        state: String,
    },
    /// Other tasks have to come first.
    #[error(
        "The task waits for {} other task(s), named in errors. Complete them or remove the dependencies.",
        waits_for.len()
    )]
    DependenciesIncomplete {
        /// The tasks that hold it back.
        waits_for: Vec<TaskId>,
    },
    /// All retries are used up.
    #[error(
        "The task was retried {max_retries} times, its limit. Send {{\"reset\": true}} to start counting anew."
    )]
    RetriesExhausted {
        /// Its limit.
        max_retries: i32,
    },
    /// A running task cannot be deleted.
    #[error("The task is running. Cancel it first, then delete it.")]
    Running,
}

fn held_by(holder: &Option<AgentId>) -> String {
    match holder {
        Some(holder) => format!("held by {holder}"),
        None => "held by nobody".to_owned(),
    }
}

impl TaskError {
    fn code(&self) -> &'static str {
        match self {
            Self::AlreadyExists => "already_exists",
            Self::NotFound => "not_found",
            Self::UnknownAgentType(_) => "validation_failed",
            Self::ForAnother => "forbidden",
            Self::InvalidTransition { .. } | Self::NotReady { .. } | Self::Unfit { .. } => {
                "invalid_transition"
            }
            Self::NotTheHolder { .. } => "not_the_holder",
            Self::AgentBusy { .. } => "agent_busy",
            Self::AgentNotRunning { .. } => "agent_not_running",
            Self::DependenciesIncomplete { .. } => "dependencies_incomplete",
            Self::RetriesExhausted { .. } => "retries_exhausted",
            Self::Running => "task_running",
        }
    }

    fn errors(&self) -> Vec<FieldError> {
        let Self::DependenciesIncomplete { waits_for } = self else {
            return Vec::new();
        };
        let incomplete = |task: &TaskId| FieldError {
            field: "depends_on".to_owned(),
            message: format!("{task} is not far enough"),
        };
        waits_for.iter().map(incomplete).collect()
    }
}

impl RuleError for TaskError {
    fn refusal(&self) -> Refusal {
        match self {
            Self::NotFound => Refusal::not_found(),
            Self::UnknownAgentType(_) => Refusal::invalid("agent_type", self.to_string()),
            Self::AlreadyExists => Refusal::already_exists(self.to_string()),
            Self::ForAnother => Refusal::forbidden(self.to_string()),
            _ => Refusal::rule(self.code(), self.to_string()).with_errors(self.errors()),
        }
    }
}
