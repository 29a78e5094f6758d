//! What the trail of access needs. Only Pantheon itself writes it.

use super::super::{Need, permission};
use super::{Section, get, row};

pub(super) const SECTION: Section = Section {
    context: "access",
    commands: &[
        row("access_trail", "record_denial", Need::System),
        row("access_trail", "record_export", Need::System),
        row("access_trail", "record_token_issue", Need::System),
    ],
    routes: &[
        get("/api/v1/audit/access", permission("audit.read")),
        // Everybody sees their own sign-ins there, those who manage users everybody's.
        get("/api/v1/security/login-history", Need::SignedIn),
        get("/api/v1/security/active-sessions", Need::SignedIn),
    ],
};
