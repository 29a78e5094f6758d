//! What the installation's own metrics, the dashboard, activity and timeline need.

use super::super::{Need, permission};
use super::{Section, get, row};

pub(super) const SECTION: Section = Section {
    context: "system",
    commands: &[
        row("node", "start_node", Need::System),
        row("node", "sample_system_metrics", Need::System),
        row("node", "stop_node", Need::System),
        row("system_alert", "raise_alert", Need::System),
        // What no process can know to be over: an alarm about the log itself.
        row(
            "system_alert",
            "resolve_alert",
            permission("operations.manage"),
        ),
    ],
    routes: &[
        get("/api/v1/system/metrics", permission("dashboard.read")),
        get("/api/v1/metrics", permission("dashboard.read")),
        get("/api/v1/dashboard/summary", permission("dashboard.read")),
        get("/api/v1/dashboard/recent", permission("dashboard.read")),
        get("/api/v1/activity/stats", permission("dashboard.read")),
        get("/api/v1/activity/events", permission("dashboard.read")),
        get("/api/v1/timeline", permission("dashboard.read")),
        get("/api/v1/system/alerts", permission("dashboard.read")),
        get("/api/v1/logs", permission("logs.read")),
        get("/api/v1/logs/stream", permission("logs.read")),
    ],
};
