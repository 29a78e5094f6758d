//! `GET /api/v1/products/{id}`.

use axum::extract::State;
use pantheon_events::{ProductId, RecordedEvent};
use pantheon_projections::products::{self, NAME, ProductRow};

use super::view::{Product, product_id};
use crate::app::App;
use crate::http::past::past;
use crate::http::{Answer, ApiPath, AsOf, Caller, Problem, ReadOptions, ReadThen};

/// One product, as it is or as it was (`as_of`). Who may see active products only gets "not found"
/// for any other.
#[utoipa::path(get, path = "/api/v1/products/{id}", tag = "products",
    params(("id" = uuid::Uuid, Path),
        ("as_of" = Option<String>, Query, description = "a position or a time in the past")),
    responses((status = 200, description = "The product", body = Product)))]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    ReadThen(read): ReadThen,
    ApiPath(id): ApiPath<String>,
) -> Result<Answer, Problem> {
    let id = product_id(&id)?;
    if let Some(moment) = read.as_of {
        return then(&app, &caller, &read, id, moment).await;
    }
    let position = read.stand(&app.reads, NAME, caller.tenant).await?;
    let row = products::one(&app.reads, caller.tenant, id).await?;
    let row = row.filter(|row| seen_by(&caller, row));
    Answer::found(
        &read,
        position,
        Product::from(row.ok_or_else(Problem::not_found)?),
    )
}

/// The product after the last event up to a moment.
async fn then(
    app: &App,
    caller: &Caller,
    read: &ReadOptions,
    id: ProductId,
    moment: AsOf,
) -> Result<Answer, Problem> {
    let fold = |row, event: &RecordedEvent| products::fold(row, event).map(Some);
    let then = past(app, read, moment, ("product", &id.to_string()), fold).await?;
    let then = then
        .filter(|then| then.row.tenant == caller.tenant.as_uuid() && !then.row.deleted)
        .filter(|then| seen_by(caller, &then.row))
        .ok_or_else(Problem::not_found)?;
    Answer::found(read, then.position, Product::from(then.row))
}

fn seen_by(caller: &Caller, row: &ProductRow) -> bool {
    caller.only_own().is_none() || row.status == "active"
}
