//! What products need.

use super::super::{Need, by_command, permission};
use super::{Section, delete, get, post, put, row};

pub(super) const SECTION: Section = Section {
    context: "products",
    commands: &[
        row("product", "create_product", permission("products.write")),
        row("product", "update_product", permission("products.write")),
        row("product", "delete_product", permission("products.write")),
        row("product", "adjust_stock", permission("stock.adjust")),
        row("product", "reserve_stock", Need::System),
        row("product", "release_stock", Need::System),
        row("product", "consume_stock", Need::System),
    ],
    routes: &[
        get("/api/v1/products", permission("products.read")),
        post("/api/v1/products", by_command("product", "create_product")),
        get("/api/v1/products/{id}", permission("products.read")),
        put(
            "/api/v1/products/{id}",
            by_command("product", "update_product"),
        ),
        delete(
            "/api/v1/products/{id}",
            by_command("product", "delete_product"),
        ),
        post(
            "/api/v1/products/{id}/stock",
            by_command("product", "adjust_stock"),
        ),
    ],
};
