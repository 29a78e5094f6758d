//! `PUT /api/v1/products/{id}`.

use axum::extract::State;
use pantheon_events::products::UpdateProduct;

use super::view::{Product, answer};
use crate::app::App;
use crate::http::{Answer, ApiJson, ApiPath, Caller, CommandHeaders, Problem};

/// Changes the given fields of a product. Nothing changed = no event, the same position.
#[utoipa::path(put, path = "/api/v1/products/{id}", tag = "products",
    params(("id" = uuid::Uuid, Path)), request_body = ref("#/components/schemas/UpdateProduct"),
    responses((status = 200, description = "The product", body = Product)))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<String>,
    ApiJson(command): ApiJson<UpdateProduct>,
) -> Result<Answer, Problem> {
    let receipt = app
        .commands
        .products
        .dispatch(&id, command, headers.context(&caller))
        .await?;
    answer(&app, caller.tenant, &receipt, false).await
}
