//! What the commands and routes of agents need.

use super::super::{Need, agent_self, any_of, by_command, permission};
use super::{CommandRow, RouteRow, Section, delete, get, post, put, row};

/// Only Pantheon itself registers the catalogue.
const FIRST_START: Need = Need::System;

/// Only a process judges silence and unanswered requests.
const PROCESS: Need = Need::System;

pub(super) const SECTION: Section = Section {
    context: "agents",
    commands: COMMANDS,
    routes: ROUTES,
};

const COMMANDS: &[CommandRow] = &[
    row("agent", "register_agent", FIRST_START),
    row("agent", "enroll_agent", permission("agents.manage")),
    row("agent", "revoke_agent", permission("agents.manage")),
    row("agent", "configure_agent", permission("agents.manage")),
    row("agent", "start_agent", permission("agents.execute")),
    row("agent", "resume_agent", permission("agents.execute")),
    row("agent", "restart_agent", permission("agents.execute")),
    row("agent", "stop_agent", permission("agents.stop")),
    row("agent", "pause_agent", permission("agents.stop")),
    row("agent", "confirm_control", agent_self()),
    row("agent", "expire_control", PROCESS),
    row("agent", "record_heartbeat", agent_self()),
    row("agent", "mark_unresponsive", PROCESS),
    row("agent", "mark_degraded", PROCESS),
    row("agent", "report_error", agent_self()),
    row("agent", "append_log", agent_self()),
];

const READ: Need = permission("agents.read");

/// An agent may look at itself.
const READ_ONE: Need = any_of(&[permission("agents.read"), agent_self()]);

const ROUTES: &[RouteRow] = &[
    get("/api/v1/agents", READ),
    post("/api/v1/agents", by_command("agent", "enroll_agent")),
    get("/api/v1/agents/{id}", READ_ONE),
    delete("/api/v1/agents/{id}", by_command("agent", "revoke_agent")),
    get("/api/v1/agents/{id}/metrics", READ_ONE),
    get("/api/v1/agents/{id}/logs", READ_ONE),
    post(
        "/api/v1/agents/{id}/configure",
        by_command("agent", "configure_agent"),
    ),
    put(
        "/api/v1/agents/{id}/config",
        by_command("agent", "configure_agent"),
    ),
    post(
        "/api/v1/agents/{id}/start",
        by_command("agent", "start_agent"),
    ),
    post(
        "/api/v1/agents/{id}/stop",
        by_command("agent", "stop_agent"),
    ),
    post(
        "/api/v1/agents/{id}/pause",
        by_command("agent", "pause_agent"),
    ),
    post(
        "/api/v1/agents/{id}/resume",
        by_command("agent", "resume_agent"),
    ),
    post(
        "/api/v1/agents/{id}/restart",
        by_command("agent", "restart_agent"),
    ),
    post(
        "/api/v1/agents/{id}/heartbeat",
        by_command("agent", "record_heartbeat"),
    ),
];
