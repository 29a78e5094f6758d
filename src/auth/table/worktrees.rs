//! What worktrees and the observed repository need.

use super::super::{Need, by_command, permission};
use super::{Section, delete, get, post, row};

pub(super) const SECTION: Section = Section {
    context: "worktrees",
    commands: &[
        row(
            "worktree",
            "request_worktree",
            permission("worktrees.manage"),
        ),
        row(
            "worktree",
            "remove_worktree",
            permission("worktrees.manage"),
        ),
        row("worktree", "confirm_worktree", Need::System),
        row("worktree", "fail_worktree", Need::System),
        row("worktree", "observe_worktree", Need::System),
        row("worktree", "occupy_worktree", Need::System),
        row("worktree", "release_worktree", Need::System),
        row("worktree", "complete_worktree", Need::System),
        row("git", "observe_commits", Need::System),
        row("git", "observe_tags", Need::System),
    ],
    routes: &[
        get("/api/v1/worktrees", permission("worktrees.read")),
        post(
            "/api/v1/worktrees",
            by_command("worktree", "request_worktree"),
        ),
        delete(
            "/api/v1/worktrees/{id}",
            by_command("worktree", "remove_worktree"),
        ),
    ],
};
