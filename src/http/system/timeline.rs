//! `GET /api/v1/timeline`.

use axum::extract::State;
use pantheon_projections::timeline::{NAME, TimelineRow, window};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use crate::app::App;
use crate::http::{Answer, ApiQuery, Caller, Problem, ReadOptions};

const USUAL: u16 = 100;
const MOST: u16 = 1_000;

/// How far back.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// So many changes (1–1000).
    #[param(minimum = 1, maximum = 1000)]
    window: Option<u16>,
}

/// The fleet's newest changes of state, and how many there are of each.
#[utoipa::path(get, path = "/api/v1/timeline", tag = "activity", params(Wanted),
    responses((status = 200, description = "The window", body = Object)))]
pub async fn timeline(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiQuery(wanted): ApiQuery<Wanted>,
) -> Result<Answer, Problem> {
    let size = wanted.window.unwrap_or(USUAL);
    if !(1..=MOST).contains(&size) {
        return Err(Problem::malformed_field(
            "window",
            "expected a number between 1 and 1000",
        ));
    }
    let position = read.stand(&app.reads, NAME, caller.tenant).await?;
    if let Some(unchanged) = read.not_modified(position) {
        return Ok(unchanged);
    }
    let rows = window(&app.reads, caller.tenant, i64::from(size)).await?;
    let of = |state: &str| rows.iter().filter(|row| row.state == state).count();
    let body = json!({
        "summary": {
            "total_events": rows.len(),
            "run_count": of("RUN"),
            "idle_count": of("IDLE"),
            "dead_count": of("DEAD"),
        },
        "recent_events": rows.iter().map(shown).collect::<Vec<_>>(),
        "window_size": size,
    });
    Answer::found(&read, position, body)
}

fn shown(row: &TimelineRow) -> Value {
    let mut shown = json!({ "timestamp": row.happened_at, "agent": row.agent, "state": row.state });
    if let Some(task) = row.task {
        shown["task"] = json!(task);
    }
    shown
}
