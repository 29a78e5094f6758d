//! What executions need.

use super::super::{Need, by_command, permission};
use super::{CommandRow, Section, get, post, row};

const READ: Need = permission("agents.read");

const fn execution(command: &'static str, need: Need) -> CommandRow {
    row("agent_execution", command, need)
}

pub(super) const SECTION: Section = Section {
    context: "agent_executions",
    commands: &[
        execution("request_execution", permission("agents.execute")),
        execution("cancel_execution", permission("agents.stop")),
        // Agents know tasks: what happens to one is carried to its execution.
        execution("start_execution", Need::System),
        execution("report_execution_progress", Need::System),
        execution("append_execution_log", Need::System),
        execution("complete_execution", Need::System),
        execution("fail_execution", Need::System),
    ],
    routes: &[
        post(
            "/api/v1/agents/execute",
            by_command("agent_execution", "request_execution"),
        ),
        get("/api/v1/agents/executions", READ),
        get("/api/v1/agents/executions/{id}", READ),
        get("/api/v1/agents/executions/{id}/logs", READ),
        post(
            "/api/v1/agents/executions/{id}/cancel",
            by_command("agent_execution", "cancel_execution"),
        ),
    ],
};
