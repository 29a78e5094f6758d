//! What the core's own routes need.

use super::super::{Need, permission};
use super::{Section, get, post};

pub(super) const SECTION: Section = Section {
    context: "core",
    commands: &[],
    routes: &[
        get("/", Need::Public),
        get("/livez", Need::Public),
        get("/readyz", Need::Public),
        get("/health", Need::Public),
        get("/health/ready", Need::Public),
        get("/health/live", Need::Public),
        get("/api/v1/health", Need::Public),
        get("/api/v1/preflight", permission("dashboard.read")),
        get("/metrics", Need::Door),
        get("/openapi.json", Need::Public),
        get("/docs", Need::Public),
        get("/docs/{*rest}", Need::Public),
        get("/problems/{code}", Need::Public),
        get("/.well-known/jwks.json", Need::Public),
        get("/schemas", Need::Public),
        get("/schemas/{type}/{version}", Need::Public),
        get("/asyncapi.json", Need::Public),
        get("/api/v1/events", permission("events.read")),
        get("/api/v1/events/{id}", permission("events.read")),
        get("/api/v1/events/{id}/trace", permission("events.read")),
        // Each event by its own row (table/events.rs), as on the socket.
        get("/api/v1/events/stream", Need::SignedIn),
        get("/api/v1/live", Need::Door),
        post("/api/v1/live/tickets", Need::SignedIn),
        get("/ws", Need::Door),
        get("/api/v1/ws", Need::Door),
        get("/api/approvals/{id}/stream", Need::Door),
        get("/api/v1/streams/{type}/{id}", permission("events.read")),
        get(
            "/api/v1/streams/{type}/{id}/state",
            permission("events.read"),
        ),
        get(
            "/api/v1/projections/{name}",
            permission("operations.manage"),
        ),
        post(
            "/api/v1/projections/{name}/verify",
            permission("operations.manage"),
        ),
        post(
            "/api/v1/projections/{name}/replay",
            permission("operations.manage"),
        ),
        get("/api/v1/bus", permission("operations.manage")),
        post("/api/v1/bus/rebuild", permission("operations.manage")),
        get("/api/v1/projections", permission("operations.manage")),
        post(
            "/api/v1/projections/{name}/rebuild",
            permission("operations.manage"),
        ),
        post(
            "/api/v1/projections/{name}/pause",
            permission("operations.manage"),
        ),
        post(
            "/api/v1/projections/{name}/resume",
            permission("operations.manage"),
        ),
        post(
            "/api/v1/projections/{name}/replay-parked",
            permission("operations.manage"),
        ),
        get("/api/v1/commands", Need::SignedIn),
        post("/api/v1/commands/{aggregate}/{command}", Need::SignedIn),
    ],
};
