//! What orders need.

use super::super::{Need, any_of, by_command, permission};
use super::{Section, get, patch, post, row};

pub(super) const SECTION: Section = Section {
    context: "orders",
    commands: &[
        row("order", "place_order", permission("orders.create")),
        row("order", "begin_payment", Need::System),
        row("order", "release_payment", Need::System),
        row("order", "mark_paid", Need::System),
        row("order", "fulfil_order", permission("orders.fulfil")),
        row("order", "cancel_order", permission("orders.cancel")),
        row("order", "mark_refunded", Need::System),
    ],
    routes: &[
        get("/api/v1/orders", permission("orders.read")),
        post("/api/v1/orders", by_command("order", "place_order")),
        get("/api/v1/orders/{id}", permission("orders.read")),
        patch(
            "/api/v1/orders/{id}/status",
            any_of(&[
                by_command("order", "fulfil_order"),
                by_command("order", "cancel_order"),
            ]),
        ),
        post(
            "/api/v1/orders/{id}/cancel",
            by_command("order", "cancel_order"),
        ),
        get("/api/v1/orders/{id}/history", permission("orders.read")),
    ],
};
