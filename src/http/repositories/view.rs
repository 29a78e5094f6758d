//! A repository on the outside.

use chrono::{DateTime, Utc};
use pantheon_events::repositories::RepositoryCommand;
use pantheon_events::{RepositoryId, Sequence};
use pantheon_projections::repositories::{NAME, RepositoryRow, one};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::http::after::{Shown, shown};
use crate::http::{Caller, CommandHeaders, Problem};
use crate::store::Receipt;

/// A repository as people see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Repository {
    id: Uuid,
    user_id: Uuid,
    /// 0 until GitHub has said it.
    github_repo_id: i64,
    owner: String,
    name: String,
    full_name: String,
    is_active: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_branch: Option<String>,
    /// `pending`, `linked`, `failed` or `not_configured`.
    link_status: String,
    /// When its issues were read last.
    synced_at: Option<DateTime<Utc>>,
    /// Why they could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    sync_error: Option<String>,
    /// The sequence of its stream, for `If-Match`; in answers about one only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    sequence: Option<Sequence>,
}

impl From<RepositoryRow> for Repository {
    fn from(row: RepositoryRow) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            github_repo_id: row.github_repo_id,
            owner: row.owner,
            name: row.name,
            full_name: row.full_name,
            is_active: row.is_active,
            created_at: row.created_at,
            updated_at: row.updated_at,
            default_branch: row.default_branch,
            link_status: row.link_status,
            synced_at: row.synced_at,
            sync_error: row.sync_error,
            sequence: None,
        }
    }
}

impl Repository {
    /// The repository with its stream's sequence.
    pub(super) fn numbered(row: RepositoryRow, sequence: Sequence) -> Self {
        Self {
            sequence: Some(sequence),
            ..Self::from(row)
        }
    }
}

/// Sends a command to a repository.
pub(super) async fn send(
    app: &App,
    caller: &Caller,
    headers: &CommandHeaders,
    repository: RepositoryId,
    command: impl Into<RepositoryCommand>,
) -> Result<Receipt, Problem> {
    let by = headers.context(caller);
    let repositories = &app.commands.repositories;
    let id = repository.to_string();
    Ok(repositories.dispatch(&id, command, by).await?)
}

/// The repository as the read model shows it after a command.
pub(super) async fn after(
    app: &App,
    caller: &Caller,
    repository: RepositoryId,
    receipt: &Receipt,
) -> Shown<Repository> {
    let row = one(&app.reads, caller.tenant, repository);
    let shown = shown(app, NAME, receipt, row).await;
    shown.map(|row| Repository::numbered(row, receipt.sequence))
}
