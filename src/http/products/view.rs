//! A product on the outside.

use chrono::{DateTime, Utc};
use pantheon_events::money::decimal;
use pantheon_events::{ProductId, Sequence, TenantId};
use pantheon_projections::products::{NAME, ProductRow, one};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::http::after::shown;
use crate::http::{Answer, Problem};
use crate::store::Receipt;

/// A product as buyers and sellers see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Product {
    id: Uuid,
    name: String,
    description: Option<String>,
    /// A decimal string with all of the currency's digits.
    price: String,
    currency: String,
    category: Option<String>,
    status: String,
    /// Pieces; null = not counted.
    stock: Option<i64>,
    /// Pieces that orders hold.
    reserved: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    #[schema(value_type = String)]
    sequence: Sequence,
}

impl From<ProductRow> for Product {
    fn from(row: ProductRow) -> Self {
        let currency = row.currency.parse().unwrap_or_default();
        Self {
            id: row.id,
            name: row.name,
            description: row.description,
            price: decimal(row.price_minor, currency),
            currency: row.currency,
            category: row.category,
            status: row.status,
            stock: row.stock,
            reserved: row.reserved,
            created_at: row.created_at,
            updated_at: row.updated_at,
            sequence: Sequence::new(row.sequence),
        }
    }
}

/// The answer to a command on a product: the product as the read model has it, once it has the
/// command; `202` when that takes too long.
pub(super) async fn answer(
    app: &App,
    tenant: TenantId,
    receipt: &Receipt,
    created: bool,
) -> Result<Answer, Problem> {
    let id = product_id(&receipt.aggregate_id)?;
    let row = one(&app.reads, tenant, id);
    let shown = shown(app, NAME, receipt, row).await.map(Product::from);
    if created {
        return shown.created(receipt, &format!("/api/v1/products/{id}"), id);
    }
    shown.done(receipt, id)
}

/// What is no id of a product names none.
pub(super) fn product_id(text: &str) -> Result<ProductId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}
