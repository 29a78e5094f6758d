//! `GET /api/v1/products/{id}`.

use axum::extract::State;
use pantheon_projections::products::{self, NAME};

use super::view::{Product, product_id};
use crate::app::App;
use crate::http::{Answer, ApiPath, Caller, Problem, ReadOptions};

/// One product. Who may see active products only gets "not found" for any other.
#[utoipa::path(get, path = "/api/v1/products/{id}", tag = "products",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The product", body = Product)))]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiPath(id): ApiPath<String>,
) -> Result<Answer, Problem> {
    let id = product_id(&id)?;
    let position = app.reads.at(NAME, read.min_position, read.wait).await?;
    let row = products::one(&app.reads, caller.tenant, id).await?;
    let row = row.filter(|row| caller.only_own().is_none() || row.status == "active");
    Answer::found(
        &read,
        position,
        Product::from(row.ok_or_else(Problem::not_found)?),
    )
}
