//! `POST /api/v1/products`.

use axum::extract::State;
use pantheon_events::products::CreateProduct;

use super::view::{Product, answer};
use crate::app::App;
use crate::http::{Answer, ApiJson, Caller, CommandHeaders, Problem};

/// Makes a product.
#[utoipa::path(post, path = "/api/v1/products", tag = "products", request_body = ref("#/components/schemas/CreateProduct"),
    responses((status = 201, description = "The product", body = Product)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiJson(command): ApiJson<CreateProduct>,
) -> Result<Answer, Problem> {
    let by = headers.context(&caller);
    let id = by.command_id.created("product").to_string();
    let receipt = app.commands.products.dispatch(&id, command, by).await?;
    answer(&app, caller.tenant, &receipt, true).await
}
