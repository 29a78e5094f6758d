//! What infrastructure needs.

use super::super::{Need, by_command, permission};
use super::{Section, get, post, row};

pub(super) const SECTION: Section = Section {
    context: "infrastructure",
    commands: &[
        row("infrastructure", "observe_resources", Need::System),
        row("infrastructure", "observe_containers", Need::System),
        row("infrastructure", "observe_service", Need::System),
        row(
            "infrastructure",
            "request_sync",
            permission("infrastructure.manage"),
        ),
    ],
    routes: &[
        get(
            "/api/v1/infrastructure/status",
            permission("infrastructure.read"),
        ),
        get(
            "/api/v1/infrastructure/topology",
            permission("infrastructure.read"),
        ),
        post(
            "/api/v1/infrastructure/sync",
            by_command("infrastructure", "request_sync"),
        ),
        get("/api/v1/aws/accounts", permission("infrastructure.read")),
        get("/api/v1/aws/resources", permission("infrastructure.read")),
    ],
};
