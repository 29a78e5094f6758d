//! What the commands and routes of tasks need.

use super::super::{Need, agent, any_of, by_command, permission};
use super::{CommandRow, Section, delete, get, patch, post, row};

/// People who may change tasks; agents as far as the task's own rules let them (the holder).
const WORK: Need = any_of(&[permission("tasks.update"), agent()]);
const READ: Need = permission("tasks.read");

const fn task(command: &'static str, need: Need) -> CommandRow {
    row("task", command, need)
}

const fn graph(command: &'static str, need: Need) -> CommandRow {
    row("task_graph", command, need)
}

const fn plan(command: &'static str, need: Need) -> CommandRow {
    row("plan", command, need)
}

pub(super) const SECTION: Section = Section {
    context: "tasks",
    commands: &[
        plan("create_plan", permission("tasks.create")),
        plan("start_plan", Need::System),
        plan("complete_plan", Need::System),
        plan("fail_plan", Need::System),
        plan("cancel_plan", permission("tasks.update")),
        task("create_task", permission("tasks.create")),
        task("update_task", permission("tasks.update")),
        task("assign_task", permission("tasks.assign")),
        task("unassign_task", permission("tasks.assign")),
        task("start_task", permission("tasks.update")),
        task("claim_task", WORK),
        task("report_progress", WORK),
        task("complete_task", WORK),
        task("fail_task", WORK),
        task("retry_task", permission("tasks.update")),
        task("cancel_task", permission("tasks.update")),
        task("delete_task", permission("tasks.delete")),
        graph("add_dependency", permission("tasks.update")),
        graph("add_dependencies", Need::System),
        graph("remove_dependency", permission("tasks.update")),
        graph("forget_task", Need::System),
    ],
    routes: &[
        get("/api/v1/tasks", READ),
        post("/api/v1/tasks", by_command("task", "create_task")),
        get("/api/v1/tasks/stats", READ),
        get("/api/v1/tasks/graph", READ),
        post("/api/v1/tasks/plan", READ),
        post("/api/v1/plans", by_command("plan", "create_plan")),
        post(
            "/api/v1/plans/{id}/cancel",
            by_command("plan", "cancel_plan"),
        ),
        get("/api/v1/dags", READ),
        get("/api/v1/dags/{id}", READ),
        get("/api/v1/tasks/{id}", READ),
        patch("/api/v1/tasks/{id}", by_command("task", "update_task")),
        delete("/api/v1/tasks/{id}", by_command("task", "delete_task")),
        post("/api/v1/tasks/{id}/retry", by_command("task", "retry_task")),
        post(
            "/api/v1/tasks/{id}/cancel",
            by_command("task", "cancel_task"),
        ),
        post("/api/v1/tasks/{id}/start", by_command("task", "start_task")),
        post(
            "/api/v1/tasks/{id}/complete",
            by_command("task", "complete_task"),
        ),
        post("/api/v1/tasks/{id}/fail", by_command("task", "fail_task")),
        post(
            "/api/v1/tasks/{id}/assign",
            by_command("task", "assign_task"),
        ),
        get("/api/v1/tasks/{id}/dependencies", READ),
        post(
            "/api/v1/tasks/{id}/dependencies",
            by_command("task_graph", "add_dependency"),
        ),
        delete(
            "/api/v1/tasks/{id}/dependencies/{dependency_id}",
            by_command("task_graph", "remove_dependency"),
        ),
    ],
};
