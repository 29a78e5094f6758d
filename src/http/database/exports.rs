//! `GET /api/v1/database/exports`, `/database/exports/{id}` and `/database/exports/{id}/download`.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use futures_util::stream;
use pantheon_events::ExportId;
use pantheon_projections::database::{ExportRow, NAME, chunk, list as rows, one as row};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::is_on;
use crate::app::App;
use crate::http::cursor::Limit;
use crate::http::{Answer, ApiPath, ApiQuery, Caller, Export, Problem, ReadOptions};

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    #[param(value_type = Option<u16>, minimum = 1, maximum = 200)]
    #[serde(default)]
    limit: Limit,
    cursor: Option<String>,
}

/// An export.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DatabaseExport)]
pub struct Shown {
    id: Uuid,
    /// `pending`, `running`, `completed`, `failed` or `expired`.
    status: String,
    format: String,
    tables: Vec<String>,
    rows: Option<i64>,
    bytes: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl From<ExportRow> for Shown {
    fn from(row: ExportRow) -> Self {
        Self {
            id: row.id,
            status: row.status,
            format: row.format,
            tables: row.tables,
            rows: row.rows,
            bytes: row.bytes,
            error: row.error,
            created_at: row.created_at,
            expires_at: row.expires_at,
        }
    }
}

/// The organisation's exports, newest first.
#[utoipa::path(get, path = "/api/v1/database/exports", tag = "database", params(Wanted),
    responses((status = 200, description = "`{items, next_cursor, position}`", body = Object)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiQuery(wanted): ApiQuery<Wanted>,
) -> Result<Answer, Problem> {
    let position = read.stand(&app.reads, NAME, caller.tenant).await?;
    if !is_on(&app, &caller).await? {
        return Answer::page(&read, position.at, &[] as &[Shown], None);
    }
    let limit = wanted.limit.get();
    let (found, next) = rows(&app.reads, caller.tenant, wanted.cursor.as_ref(), limit).await?;
    let items: Vec<Shown> = found.into_iter().map(Shown::from).collect();
    Answer::page(&read, position, &items, next)
}

/// An export.
#[utoipa::path(get, path = "/api/v1/database/exports/{id}", tag = "database",
    params(("id" = Uuid, Path)),
    responses((status = 200, description = "The export", body = Shown)))]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiPath(id): ApiPath<String>,
) -> Result<Answer, Problem> {
    let position = read.stand(&app.reads, NAME, caller.tenant).await?;
    let found = visible(&app, &caller, &id).await?;
    Answer::found(&read, position, Shown::from(found))
}

/// The export's file.
#[utoipa::path(get, path = "/api/v1/database/exports/{id}/download", tag = "database",
    params(("id" = Uuid, Path)),
    responses((status = 200, description = "The file", body = String, content_type = "application/x-ndjson")))]
pub async fn download(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, Problem> {
    let stand = read.stand(&app.reads, NAME, caller.tenant).await?;
    let found = visible(&app, &caller, &id).await?;
    if found.status != "completed" || found.expires_at <= app.clock.now() {
        return Err(Problem::not_found());
    }
    let (kind, ending) = match found.format.as_str() {
        "csv" => ("text/csv; charset=utf-8; header=present", "csv"),
        _ => ("application/x-ndjson", "ndjson"),
    };
    let name = format!("attachment; filename=\"export-{}.{ending}\"", found.id);
    let name = HeaderValue::from_str(&name).map_err(|error| Problem::internal(&error))?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (crate::http::answer::POSITION, stand.at.get().into()),
    ];
    let mut response = (headers, Body::from_stream(pieces(app, found.id))).into_response();
    response.extensions_mut().insert(Export("database export"));
    Ok(response)
}

/// The file piece by piece, as fast as it is taken.
fn pieces(
    app: App,
    id: Uuid,
) -> impl futures_util::Stream<Item = Result<Vec<u8>, pantheon_projections::QueryError>> {
    stream::unfold(Some(0), move |n: Option<i32>| {
        let app = app.clone();
        async move {
            let n = n?;
            match chunk(&app.reads, ExportId::new(id), n).await {
                Ok(piece) => Some((Ok(piece?), Some(n + 1))),
                Err(error) => Some((Err(error), None)),
            }
        }
    })
}

async fn visible(app: &App, caller: &Caller, id: &str) -> Result<ExportRow, Problem> {
    let id: ExportId = id.parse().map_err(|_| Problem::not_found())?;
    let found = row(&app.reads, caller.tenant, id).await?;
    found.ok_or_else(Problem::not_found)
}
