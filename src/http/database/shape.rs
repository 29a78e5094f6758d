//! `GET /api/v1/database/schema`.

use axum::extract::State;
use serde_json::json;

use super::is_on;
use crate::app::App;
use crate::http::{Answer, Caller, Problem};

/// The views that can be asked, their columns, and how much the planner expects in them.
#[utoipa::path(get, path = "/api/v1/database/schema", tag = "database",
    responses((status = 200, description = "`{tables, total_records, size_bytes, columns}`", body = Object)))]
pub async fn shape(State(app): State<App>, caller: Caller) -> Result<Answer, Problem> {
    if !is_on(&app, &caller).await? {
        let nothing = json!({ "tables": [], "total_records": 0, "size_bytes": 0, "columns": {} });
        return Answer::plain(nothing);
    }
    let shape = app.console.shape(caller.tenant).await?;
    Answer::plain(json!({
        "tables": shape.columns.keys().collect::<Vec<_>>(),
        "total_records": shape.rows.values().sum::<i64>(),
        "size_bytes": shape.bytes,
        "columns": shape.columns,
    }))
}
