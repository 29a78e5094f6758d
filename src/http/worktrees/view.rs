//! A worktree on the outside.

use chrono::{DateTime, Utc};
use pantheon_events::agents::catalogue_agent;
use pantheon_projections::worktrees::WorktreeRow;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A worktree as operators see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Worktree {
    id: Uuid,
    path: String,
    branch: String,
    /// `Active`, `Idle`, `Completed` or `Error`.
    status: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issue_number: Option<i64>,
    /// The long name of the type of the agent that works in it or worked in it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_type: Option<String>,
    /// Left out of one that was made outside of Pantheon.
    #[serde(skip_serializing_if = "Option::is_none")]
    base_branch: Option<String>,
    /// What git said.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl From<WorktreeRow> for Worktree {
    fn from(row: WorktreeRow) -> Self {
        Self {
            id: row.id,
            path: row.path,
            branch: row.branch,
            status: row.status,
            created_at: row.created_at,
            updated_at: row.updated_at,
            issue_number: row.issue_number,
            agent_type: row.agent_type.map(long),
            base_branch: row.base_branch,
            error: row.error,
        }
    }
}

/// `codegen` is `CodeGenAgent`; a type that is not in the catalogue has one name.
fn long(agent_type: String) -> String {
    match catalogue_agent(&agent_type) {
        Some(known) => known.long_name(),
        None => agent_type,
    }
}
