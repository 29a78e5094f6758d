//! `POST /api/v1/database/query`: one question in SQL, and a note of it in the log.

use std::time::Instant;

use axum::extract::State;
use pantheon_events::database::{ExecuteQuery, QueryOutcome};
use pantheon_projections::console::{Allowed, ConsoleError, LONGEST, guard};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::http::{Answer, ApiJson, Caller, CommandHeaders, Problem, RequestMeta};
use crate::processes::database::allowed;
use crate::store::Receipt;

/// A question.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DatabaseQuestion)]
pub struct Question {
    /// One `SELECT`, `WITH … SELECT`, `VALUES` or `EXPLAIN` over the views of the schema `console`.
    #[schema(max_length = 10000)]
    query: String,
}

/// Asks the caller's organisation's rows in SQL: a bare array of them, at most 1000 and 1 MiB. The
/// question is noted without its literals, each time it is asked.
#[utoipa::path(post, path = "/api/v1/database/query", tag = "database", request_body = Question,
    responses((status = 200, description = "The rows", body = Vec<Object>,
        headers(("Pantheon-Truncated" = bool, description = "there are more rows")))))]
pub async fn query(
    State(app): State<App>,
    caller: Caller,
    meta: RequestMeta,
    ApiJson(asked): ApiJson<Question>,
) -> Result<Answer, Problem> {
    allowed(&app.commands.organizations, caller.tenant).await?;
    if asked.query.chars().count() > LONGEST {
        return Err(Problem::invalid(
            "query",
            format!("at most {LONGEST} characters"),
        ));
    }
    let question = guard(&asked.query)?;
    let began = Instant::now();
    let answered = app.console.run(caller.tenant, &question).await;
    let took = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
    let (outcome, rows) = match &answered {
        Ok(answered) => (QueryOutcome::Completed, answered.rows.len()),
        Err(ConsoleError::Failed(_)) => (QueryOutcome::Failed, 0),
        Err(ConsoleError::TimedOut) => (QueryOutcome::TimedOut, 0),
        Err(ConsoleError::TooExpensive(_)) => (QueryOutcome::TooExpensive, 0),
        // It did not reach the database.
        Err(_) => {
            return Err(answered
                .err()
                .map_or_else(Problem::not_found, Problem::from));
        }
    };
    let note = ExecuteQuery {
        query: noted(&question),
        rows: i64::try_from(rows).unwrap_or(i64::MAX),
        duration_ms: took,
        outcome,
    };
    // Nothing is answered that is not on record.
    let receipt = note_down(&app, &caller, meta, note).await?;
    let answered = answered?;
    let answer = Answer::stamped_with(&receipt, &answered.rows)?;
    Ok(match answered.truncated {
        true => answer.truncated(),
        false => answer,
    })
}

/// Each run is one command of its own, whatever the caller calls it.
async fn note_down(
    app: &App,
    caller: &Caller,
    meta: RequestMeta,
    note: ExecuteQuery,
) -> Result<Receipt, Problem> {
    let headers = CommandHeaders {
        command_id: None,
        expected: None,
        meta,
    };
    let by = headers.context(caller);
    let databases = &app.commands.databases;
    let stream = caller.tenant.to_string();
    Ok(databases.dispatch(&stream, note, by).await?)
}

/// Printed text may be longer than what was written; what is noted has an end.
fn noted(question: &Allowed) -> String {
    question.noted.chars().take(20_000).collect()
}
