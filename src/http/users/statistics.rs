//! `GET /api/v1/users/statistics`.

use std::collections::BTreeMap;

use axum::extract::State;
use chrono::TimeDelta;
use pantheon_projections::users::{NAME, counts};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::http::{Answer, Caller, Problem, ReadOptions};

/// How many accounts there are.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserStatistics {
    total: i64,
    active: i64,
    inactive: i64,
    by_role: BTreeMap<&'static str, i64>,
    new_users_last_30_days: i64,
}

/// Counts the accounts.
#[utoipa::path(get, path = "/api/v1/users/statistics", tag = "users",
    responses((status = 200, description = "The numbers", body = UserStatistics)))]
pub async fn statistics(
    State(app): State<App>,
    _caller: Caller,
    read: ReadOptions,
) -> Result<Answer, Problem> {
    let position = app.reads.at(NAME, read.min_position, read.wait).await?;
    let month = app.clock.now() - TimeDelta::days(30);
    let counts = counts(&app.reads, month).await?;
    let by_role = [
        ("admin", counts.admins),
        ("developer", counts.developers),
        ("viewer", counts.viewers),
    ];
    let answer = UserStatistics {
        total: counts.total,
        active: counts.active,
        inactive: counts.total - counts.active,
        by_role: by_role.into(),
        new_users_last_30_days: counts.new,
    };
    // Time passes without an event.
    Answer::looked(position, answer)
}
