//! `GET /api/v1/commands`: what can be sent.

use axum::extract::State;
use serde_json::{Value, json};

use crate::app::App;
use crate::auth::table;
use crate::http::moment::reach;
use crate::http::openapi::{permission, words};
use crate::http::{Answer, Problem, ReadOptions};

/// Every aggregate's commands with their JSON Schemas and what they need.
#[utoipa::path(get, path = "/api/v1/commands", tag = "commands",
    responses((status = 200, description = "The catalogue", body = Object)))]
pub async fn catalogue(State(app): State<App>, read: ReadOptions) -> Result<Answer, Problem> {
    let stand = app.built(reach(&app.log, &read).await?);
    if let Some(unchanged) = read.not_modified(stand) {
        return Ok(unchanged);
    }
    let items: Vec<Value> = app
        .commands
        .specs()
        .map(|spec| {
            json!({
                "aggregate": spec.aggregate,
                "command": spec.name,
                "creates": spec.creates,
                "permission": table::command(spec.aggregate, spec.name).and_then(permission),
                "needs": table::command(spec.aggregate, spec.name).map(words),
                "schema": (spec.schema)(),
            })
        })
        .collect();
    Answer::page(&read, stand, &items, None)
}
