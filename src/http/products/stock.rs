//! `POST /api/v1/products/{id}/stock`.

use axum::extract::State;
use pantheon_events::products::AdjustStock;

use super::view::{Product, answer};
use crate::app::App;
use crate::http::{Answer, ApiJson, ApiPath, Caller, CommandHeaders, Problem};

/// Changes the number of pieces: `{delta, reason?}` or `{set}`.
#[utoipa::path(post, path = "/api/v1/products/{id}/stock", tag = "products",
    params(("id" = uuid::Uuid, Path)), request_body = ref("#/components/schemas/AdjustStock"),
    responses((status = 200, description = "The product", body = Product)))]
pub async fn stock(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<String>,
    ApiJson(command): ApiJson<AdjustStock>,
) -> Result<Answer, Problem> {
    let receipt = app
        .commands
        .products
        .dispatch(&id, command, headers.context(&caller))
        .await?;
    answer(&app, caller.tenant, &receipt, false).await
}
