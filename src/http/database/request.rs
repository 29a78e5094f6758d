//! `POST /api/v1/database/export`.

use axum::extract::State;
use pantheon_events::ExportId;
use pantheon_events::database::RequestExport;
use pantheon_projections::database::{NAME, list, one};
use serde_json::json;

use crate::app::App;
use crate::http::after::reached;
use crate::http::{Answer, ApiJson, Caller, CommandHeaders, Problem};

/// As many exports as one may have under way.
const LOOK: i64 = 50;

/// Asks for the organisation's rows in a file. While it is being made, the same question is the same
/// export.
#[utoipa::path(post, path = "/api/v1/database/export", tag = "database", request_body = ref("#/components/schemas/RequestExport"),
    responses((status = 202, description = "`{id, status}`", body = Object)))]
pub async fn request(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiJson(command): ApiJson<RequestExport>,
) -> Result<Answer, Problem> {
    let by = headers.context(&caller);
    let asked = command.clone();
    let databases = &app.commands.databases;
    let stream = caller.tenant.to_string();
    let receipt = databases.dispatch(&stream, command, by).await?;
    let made = ExportId::new(receipt.command_id.created("database_export"));
    let mut id = made.as_uuid();
    if reached(&app, NAME, &receipt).await
        && matches!(one(&app.reads, caller.tenant, made).await, Ok(None))
        && let Ok((rows, _)) = list(&app.reads, caller.tenant, None, LOOK).await
    {
        let tables = asked.tables.unwrap_or_default();
        let same = rows.into_iter().find(|row| {
            (row.user_id.as_str(), row.format.as_str(), &row.tables)
                == (caller.principal.id.as_str(), asked.format.as_str(), &tables)
        });
        id = same.map_or(id, |row| row.id);
    }
    Answer::accepted(&receipt, json!({ "id": id, "status": "pending" }))
}
