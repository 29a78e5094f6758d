//! What the database by hand needs.

use super::super::{Need, by_command, permission};
use super::{Section, get, post, row};

pub(super) const SECTION: Section = Section {
    context: "database",
    commands: &[
        // The note of a query is the node's own: it says what was run.
        row("database", "execute_query", Need::System),
        row("database", "request_export", permission("database.manage")),
        row("database", "complete_export", Need::System),
        row("database", "fail_export", Need::System),
        row("database", "expire_export", Need::System),
        row("database", "record_import", Need::System),
    ],
    routes: &[
        get("/api/v1/database/schema", permission("database.read")),
        get("/api/v1/database/status", permission("database.read")),
        get(
            "/api/v1/database/status/detailed",
            permission("database.read"),
        ),
        get(
            "/api/v1/infrastructure/database",
            permission("database.read"),
        ),
        post("/api/v1/database/query", permission("database.query")),
        post(
            "/api/v1/database/export",
            by_command("database", "request_export"),
        ),
        get("/api/v1/database/exports", permission("database.manage")),
        get(
            "/api/v1/database/exports/{id}",
            permission("database.manage"),
        ),
        get(
            "/api/v1/database/exports/{id}/download",
            permission("database.manage"),
        ),
        // Each line by its own command's row.
        post("/api/v1/database/import", permission("database.manage")),
    ],
};
