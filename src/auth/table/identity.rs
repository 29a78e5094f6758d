//! What accounts and sessions need. Most of their commands are Pantheon's own: the sign-in endpoints
//! check a credential first.

use super::super::{Need, by_command, permission};
use super::{Section, delete, get, patch, post, row};

const MANAGE: Need = permission("users.manage");

pub(super) const SECTION: Section = Section {
    context: "identity",
    commands: &[
        row("login_name", "claim_login_name", Need::System),
        row("login_name", "release_login_name", Need::System),
        row("login_name", "record_login_failure", Need::System),
        row("login_name", "clear_login_failures", Need::System),
        row("user", "register_user", Need::System),
        row("user", "update_profile", Need::System),
        row("user", "change_password", Need::System),
        row("user", "rehash_password", Need::System),
        row("user", "start_setup", Need::System),
        row("user", "use_setup", Need::System),
        row("user", "change_role", permission("users.manage")),
        row("user", "activate_user", permission("users.manage")),
        row("user", "deactivate_user", permission("users.manage")),
        row("user", "lock_user", Need::System),
        row("user", "unlock_user", permission("users.manage")),
        row("user", "link_github", Need::System),
        row("user", "unlink_github", Need::System),
        row("admin_list", "add_admin", Need::System),
        row("admin_list", "remove_admin", Need::System),
        row("session", "start_session", Need::System),
        row("session", "refresh_session", Need::System),
        row("session", "switch_organization", Need::System),
        row("session", "end_session", permission("users.manage")),
    ],
    routes: &[
        post("/api/v1/auth/register", Need::Public),
        post("/api/v1/auth/login", Need::Public),
        post("/api/v1/auth/refresh", Need::Public),
        get("/api/v1/auth/github", Need::Public),
        get("/api/v1/auth/github/callback", Need::Public),
        post("/api/v1/auth/github/link", Need::SignedIn),
        delete("/api/v1/auth/github/link", Need::SignedIn),
        post("/oauth/token", Need::Public),
        #[cfg(feature = "mock-login")]
        post("/api/v1/auth/mock", Need::Public),
        post("/api/v1/auth/logout", Need::SignedIn),
        get("/api/v1/auth/me", Need::SignedIn),
        patch("/api/v1/auth/me", Need::SignedIn),
        post("/api/v1/auth/change-password", Need::SignedIn),
        get("/api/v1/auth/sessions", Need::SignedIn),
        delete("/api/v1/auth/sessions/{id}", Need::SignedIn),
        get("/api/v1/auth/permissions", Need::SignedIn),
        post("/api/v1/auth/switch-organization", Need::SignedIn),
        // Others than those who manage users see themselves.
        get("/api/v1/users", Need::SignedIn),
        post("/api/v1/users", MANAGE),
        get("/api/v1/users/me", Need::SignedIn),
        get("/api/v1/users/statistics", MANAGE),
        // For others than those who manage users nobody is there; the handlers ask.
        get("/api/v1/users/search", Need::SignedIn),
        get("/api/v1/users/by-email/{email}", Need::SignedIn),
        get("/api/v1/users/by-username/{username}", Need::SignedIn),
        get("/api/v1/users/{id}", Need::SignedIn),
        patch("/api/v1/users/{id}", Need::SignedIn),
        delete("/api/v1/users/{id}", by_command("user", "deactivate_user")),
        post(
            "/api/v1/users/{id}/activate",
            by_command("user", "activate_user"),
        ),
        post(
            "/api/v1/users/{id}/deactivate",
            by_command("user", "deactivate_user"),
        ),
        post(
            "/api/v1/users/{id}/unlock",
            by_command("user", "unlock_user"),
        ),
        post("/api/v1/users/{id}/reset-password", MANAGE),
        post("/api/v1/users/{id}/change-password", Need::SignedIn),
    ],
};
