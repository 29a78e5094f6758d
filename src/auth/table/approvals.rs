//! What the commands and routes of approvals need. Who may decide one is the open stage's matter:
//! the permission only lets people ask.

use super::super::{Need, any_of, by_command, permission};
use super::{Section, delete, get, post, put, row};

pub(super) const SECTION: Section = Section {
    context: "approvals",
    commands: &[
        row(
            "approval",
            "request_approval",
            any_of(&[permission("approvals.request"), Need::Agent]),
        ),
        row("approval", "approve", permission("approvals.decide")),
        row("approval", "reject", permission("approvals.decide")),
        row(
            "approval",
            "cancel_approval",
            permission("approvals.request"),
        ),
        row("approval", "remind", Need::System),
        row("approval", "escalate", Need::System),
        row("approval", "expire", Need::System),
        row("approval", "consume_approval", Need::System),
        row(
            "approval_policy",
            "define_approval_policy",
            permission("approval_policies.manage"),
        ),
        row(
            "approval_policy",
            "retire_approval_policy",
            permission("approval_policies.manage"),
        ),
    ],
    routes: &[
        get("/api/v1/approvals", permission("approvals.read")),
        post(
            "/api/v1/approvals",
            by_command("approval", "request_approval"),
        ),
        get("/api/v1/approvals/{id}", permission("approvals.read")),
        post(
            "/api/v1/approvals/{id}/approve",
            by_command("approval", "approve"),
        ),
        post(
            "/api/v1/approvals/{id}/reject",
            by_command("approval", "reject"),
        ),
        post(
            "/api/v1/approvals/{id}/cancel",
            by_command("approval", "cancel_approval"),
        ),
        get("/api/v1/approval-policies", permission("approvals.read")),
        get(
            "/api/v1/approval-policies/{resource_type}",
            permission("approvals.read"),
        ),
        put(
            "/api/v1/approval-policies/{resource_type}",
            by_command("approval_policy", "define_approval_policy"),
        ),
        delete(
            "/api/v1/approval-policies/{resource_type}",
            by_command("approval_policy", "retire_approval_policy"),
        ),
    ],
};
