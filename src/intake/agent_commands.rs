//! What agents may send, and which stream it goes to: one line each.

/// How the stream of an agent's command is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamOf {
    /// The agent's own.
    Itself,
    /// The one that this field of the data names; the field is taken out.
    Field(&'static str),
    /// The one of the subject that an approval is asked for.
    Subject,
    /// The environment of the deployment that the data name; it may be named too.
    Environment,
}

/// A command as agents know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgentCommand {
    /// The last token of its subject.
    pub name: &'static str,
    /// The aggregate.
    pub aggregate: &'static str,
    /// The aggregate's command.
    pub command: &'static str,
    /// The stream.
    pub stream: StreamOf,
}

const fn own(name: &'static str, command: &'static str) -> AgentCommand {
    AgentCommand {
        name,
        aggregate: "agent",
        command,
        stream: StreamOf::Itself,
    }
}

const fn task(name: &'static str) -> AgentCommand {
    AgentCommand {
        name,
        aggregate: "task",
        command: name,
        stream: StreamOf::Field("task_id"),
    }
}

const fn deployment(name: &'static str) -> AgentCommand {
    AgentCommand {
        name,
        aggregate: "environment",
        command: name,
        stream: StreamOf::Environment,
    }
}

/// Every command of the agents' door but `claim_task` without a task, which the server answers by
/// choosing one.
pub const AGENT_COMMANDS: &[AgentCommand] = &[
    own("heartbeat", "record_heartbeat"),
    own("confirm_control", "confirm_control"),
    own("report_error", "report_error"),
    own("append_log", "append_log"),
    task("report_progress"),
    task("complete_task"),
    task("fail_task"),
    deployment("start_deployment"),
    deployment("start_stage"),
    deployment("report_stage"),
    deployment("complete_stage"),
    deployment("fail_stage"),
    deployment("complete_deployment"),
    deployment("fail_deployment"),
    deployment("append_deployment_log"),
    AgentCommand {
        name: "request_approval",
        aggregate: "approval",
        command: "request_approval",
        stream: StreamOf::Subject,
    },
];

/// The field that may name a deployment's environment.
pub const ENVIRONMENT: &str = "environment_id";

/// The row of a command by its name on the bus.
pub(super) fn find(name: &str) -> Option<&'static AgentCommand> {
    AGENT_COMMANDS.iter().find(|row| row.name == name)
}
