//! What repositories and their issues need.

use super::super::{Need, by_command, permission};
use super::{CommandRow, Section, delete, get, patch, post, row};

const READ: Need = permission("repositories.read");

const fn repository(command: &'static str, need: Need) -> CommandRow {
    row("repository", command, need)
}

pub(super) const SECTION: Section = Section {
    context: "repositories",
    commands: &[
        repository("register_repository", permission("repositories.create")),
        repository("update_repository", permission("repositories.write")),
        repository("remove_repository", permission("repositories.delete")),
        repository("request_sync", permission("repositories.manage")),
        // Facts from GitHub are recorded by the process that asks it, and by its webhook.
        repository("link_repository", Need::System),
        repository("record_sync", Need::System),
        row("issue", "sync_issue", Need::System),
        row("issue", "sync_pull_request", Need::System),
    ],
    routes: &[
        get("/api/v1/repositories", READ),
        post(
            "/api/v1/repositories",
            by_command("repository", "register_repository"),
        ),
        get("/api/v1/repositories/{id}", READ),
        patch(
            "/api/v1/repositories/{id}",
            by_command("repository", "update_repository"),
        ),
        delete(
            "/api/v1/repositories/{id}",
            by_command("repository", "remove_repository"),
        ),
        post(
            "/api/v1/repositories/{id}/sync",
            by_command("repository", "request_sync"),
        ),
    ],
};
