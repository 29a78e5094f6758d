//! `GET /api/v1/worktrees`.

use axum::extract::State;
use pantheon_events::TenantId;
use pantheon_projections::organizations;
use pantheon_projections::worktrees::{Filter, NAME, list as rows};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::view::Worktree;
use crate::app::App;
use crate::http::{Answer, ApiQuery, Caller, Problem, ReadOptions};

const LIMIT: i64 = 200;
const MOST: i64 = 1_000;

/// How a worktree is.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[schema(as = WorktreeStatus)]
enum Status {
    Active,
    Idle,
    Completed,
    Error,
}

/// Which worktrees.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    #[param(inline)]
    status: Option<Status>,
    /// 1 to 1000 (200).
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<i64>,
}

/// Worktrees, and how many there are.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Worktrees {
    worktrees: Vec<Worktree>,
    total: i64,
}

/// Worktrees, the newest first.
#[utoipa::path(get, path = "/api/v1/worktrees", tag = "worktrees", params(Wanted),
    responses((status = 200, description = "Worktrees", body = Worktrees)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiQuery(wanted): ApiQuery<Wanted>,
) -> Result<Answer, Problem> {
    let limit = wanted.limit.unwrap_or(LIMIT);
    if !(1..=MOST).contains(&limit) {
        let expected = "expected a number between 1 and 1000";
        return Err(Problem::malformed_field("limit", expected));
    }
    let stand = read.stand(&app.reads, NAME, caller.tenant).await?;
    let features = read.stand(&app.reads, organizations::NAME, caller.tenant);
    let stand = stand.and(features.await?);
    if let Some(unchanged) = read.not_modified(stand) {
        return Ok(unchanged);
    }
    if !is_on(&app, caller.tenant).await? {
        return Answer::found(&read, stand, Worktrees::default());
    }
    let filter = Filter {
        status: wanted.status.map(|status| format!("{status:?}")),
        limit,
    };
    let (found, total) = rows(&app.reads, caller.tenant, &filter).await?;
    let worktrees = found.into_iter().map(Worktree::from).collect();
    Answer::found(&read, stand, Worktrees { worktrees, total })
}

/// Whether the tenant reaches the installation's repository.
async fn is_on(app: &App, tenant: TenantId) -> Result<bool, Problem> {
    if tenant == TenantId::default_organization() {
        return Ok(true);
    }
    let found = organizations::one(&app.reads, tenant).await?;
    Ok(found.is_some_and(|found| found.features["git"] == true))
}
