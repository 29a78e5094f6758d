//! `DELETE /api/v1/products/{id}`.

use axum::extract::State;
use pantheon_events::products::DeleteProduct;
use pantheon_projections::products::NAME;

use crate::app::App;
use crate::http::after::reached;
use crate::http::{Answer, ApiPath, Caller, CommandHeaders, Problem};

/// Takes a product out of the catalogue for good.
#[utoipa::path(delete, path = "/api/v1/products/{id}", tag = "products",
    params(("id" = uuid::Uuid, Path)), responses((status = 204, description = "It is gone")))]
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<String>,
) -> Result<Answer, Problem> {
    let by = headers.context(&caller);
    let receipt = app
        .commands
        .products
        .dispatch(&id, DeleteProduct {}, by)
        .await?;
    // Whoever looks after this finds nothing.
    reached(&app, NAME, &receipt).await;
    Ok(Answer::no_content(&receipt))
}
