//! `GET /api/v1/commands`: what can be sent.

use axum::extract::State;
use serde_json::{Value, json};

use crate::app::App;
use crate::auth::table;
use crate::http::openapi::words;
use crate::http::{Answer, Problem};

/// Every aggregate's commands with their JSON Schemas and what they need.
#[utoipa::path(get, path = "/api/v1/commands", tag = "commands",
    responses((status = 200, description = "The catalogue", body = Object)))]
pub async fn catalogue(State(app): State<App>) -> Result<Answer, Problem> {
    let items: Vec<Value> = app
        .commands
        .specs()
        .map(|spec| {
            json!({
                "aggregate": spec.aggregate,
                "command": spec.name,
                "creates": spec.creates,
                "needs": table::command(spec.aggregate, spec.name).map(words),
                "schema": (spec.schema)(),
            })
        })
        .collect();
    Answer::plain(json!({ "items": items, "next_cursor": null, "position": app.log.head() }))
}
