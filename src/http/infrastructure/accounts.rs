//! `GET /api/v1/aws/accounts`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use pantheon_projections::infrastructure::{PlaceRow, accounts as rows};
use serde::Serialize;
use utoipa::ToSchema;

use super::reach::{owner, stand};
use crate::app::App;
use crate::http::{Answer, Caller, Problem, ReadOptions};

const MOST: i64 = 1_000;

/// A cloud account that is looked at.
#[derive(Debug, Serialize, ToSchema)]
pub struct AwsAccount {
    /// The account's number.
    id: String,
    name: String,
    region: String,
    /// `connected`, or `failed` when it could not be looked at.
    status: &'static str,
    /// When it was looked at last with success.
    synced_at: Option<DateTime<Utc>>,
}

impl From<PlaceRow> for AwsAccount {
    fn from(row: PlaceRow) -> Self {
        Self {
            name: row.name.unwrap_or_else(|| row.account.clone()),
            id: row.account,
            region: row.region.unwrap_or_default(),
            status: match row.failed {
                Some(_) => "failed",
                None => "connected",
            },
            synced_at: row.synced_at,
        }
    }
}

/// The cloud accounts, as a bare array: empty without AWS.
#[utoipa::path(get, path = "/api/v1/aws/accounts", tag = "infrastructure",
    responses((status = 200, description = "Accounts", body = Vec<AwsAccount>)))]
pub async fn accounts(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
) -> Result<Answer, Problem> {
    let position = stand(&app, &caller, &read).await?;
    if let Some(unchanged) = read.not_modified(position) {
        return Ok(unchanged);
    }
    let found = match owner(&app, &caller).await? {
        Some(owner) => rows(&app.reads, owner, MOST).await?,
        None => Vec::new(),
    };
    let found: Vec<AwsAccount> = found.into_iter().map(AwsAccount::from).collect();
    Answer::array(&read, position, &found, None)
}
