//! What deployments need.

use super::super::{Need, agent, any_of, by_command, permission};
use super::{Section, get, post, row};

/// The deployment agent carries out what was released.
const CARRIED_OUT: Need = agent();
/// The agent, or the process that watches it.
const FAILED: Need = any_of(&[agent(), Need::System]);

pub(super) const SECTION: Section = Section {
    context: "deployments",
    commands: &[
        row(
            "environment",
            "request_deployment",
            permission("deployments.execute"),
        ),
        row("environment", "await_approval", Need::System),
        row("environment", "import_deployment", Need::System),
        row("environment", "release_deployment", Need::System),
        row("environment", "start_deployment", CARRIED_OUT),
        row("environment", "start_stage", CARRIED_OUT),
        row("environment", "report_stage", CARRIED_OUT),
        row("environment", "complete_stage", CARRIED_OUT),
        row("environment", "fail_stage", CARRIED_OUT),
        row("environment", "complete_deployment", CARRIED_OUT),
        row("environment", "fail_deployment", FAILED),
        row(
            "environment",
            "cancel_deployment",
            permission("deployments.execute"),
        ),
        row(
            "environment",
            "rollback_deployment",
            permission("deployments.execute"),
        ),
        row("environment", "append_deployment_log", CARRIED_OUT),
    ],
    routes: &[
        get("/api/v1/deployments", permission("deployments.read")),
        post(
            "/api/v1/deployments",
            by_command("environment", "request_deployment"),
        ),
        get("/api/v1/deployments/status", permission("deployments.read")),
        get(
            "/api/v1/deployments/pipeline",
            permission("deployments.read"),
        ),
        get(
            "/api/v1/infrastructure/deployment",
            permission("deployments.read"),
        ),
        get("/api/v1/deployments/{id}", permission("deployments.read")),
        post(
            "/api/v1/deployments/{id}/cancel",
            by_command("environment", "cancel_deployment"),
        ),
        post(
            "/api/v1/deployments/{id}/rollback",
            by_command("environment", "rollback_deployment"),
        ),
        get(
            "/api/v1/deployments/{id}/logs",
            permission("deployments.read"),
        ),
    ],
};
