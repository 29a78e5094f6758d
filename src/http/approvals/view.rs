//! An approval on the outside.

use chrono::{DateTime, Utc};
use pantheon_events::{ApprovalId, Sequence};
use pantheon_projections::Stand;
use pantheon_projections::approvals::{ApprovalRow, NAME, Viewer, one};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::auth::{Grant, permission};
use crate::http::after::shown;
use crate::http::{Answer, Caller, Problem, ReadOptions};
use crate::store::Receipt;

/// An approval as its requester and its deciders see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Approval {
    id: Uuid,
    resource_type: String,
    resource_id: Uuid,
    requester_id: String,
    /// The last who decided.
    approver_id: Option<String>,
    status: String,
    /// The last decision's.
    comments: Option<String>,
    /// What was said with the request.
    request_comments: Option<String>,
    title: Option<String>,
    #[schema(value_type = Object)]
    context: Value,
    subject_digest: Option<String>,
    current_stage: i64,
    #[schema(value_type = Vec<Object>)]
    stages: Value,
    approved_at: Option<DateTime<Utc>>,
    consumed_at: Option<DateTime<Utc>>,
    expires_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
    #[schema(value_type = String)]
    sequence: Sequence,
}

impl From<ApprovalRow> for Approval {
    fn from(row: ApprovalRow) -> Self {
        Self {
            id: row.id,
            resource_type: row.resource_type,
            resource_id: row.resource_id,
            requester_id: row.requester_id,
            approver_id: row.approver_id,
            status: row.status,
            comments: row.comments,
            request_comments: row.request_comments,
            title: row.title,
            context: row.context,
            subject_digest: row.subject_digest,
            current_stage: row.current_stage,
            stages: row.stages,
            approved_at: row.approved_at,
            consumed_at: row.consumed_at,
            expires_at: row.expires_at,
            created_at: row.created_at,
            sequence: Sequence::new(row.sequence),
        }
    }
}

/// The answer to a command on an approval: the approval as the read model has it.
pub(super) async fn answer(
    app: &App,
    caller: &Caller,
    receipt: &Receipt,
    created: bool,
) -> Result<Answer, Problem> {
    let id = approval_id(&receipt.aggregate_id)?;
    // The repeat of somebody else's command is answered like the first, but shows only what the
    // caller may see.
    let row = async {
        let row = one(&app.reads, caller.tenant, id).await?;
        Ok(row.filter(|row| may_read(caller, row)))
    };
    let shown = shown(app, NAME, receipt, row).await.map(Approval::from);
    if created {
        return shown.created(receipt, &format!("/api/v1/approvals/{id}"), id);
    }
    shown.done(receipt, id)
}

/// The approval, if the caller may see it: all, or its own and those that name it.
pub(super) async fn visible(app: &App, caller: &Caller, id: &str) -> Result<ApprovalRow, Problem> {
    let row = one(&app.reads, caller.tenant, approval_id(id)?).await?;
    row.filter(|row| seen_by(caller, row))
        .ok_or_else(Problem::not_found)
}

/// Whether the caller's permission reaches this approval.
pub(super) fn seen_by(caller: &Caller, row: &ApprovalRow) -> bool {
    viewer(caller).is_none_or(|viewer| sees(&viewer, row))
}

/// The same by the permission to read, whatever this request needed.
fn may_read(caller: &Caller, row: &ApprovalRow) -> bool {
    let all = caller.may(permission("approvals.read"), None) == Ok(Grant::All);
    let viewer = Viewer {
        user_id: caller.principal.id.clone(),
        role: role(caller).unwrap_or_default(),
    };
    all || sees(&viewer, row)
}

fn sees(viewer: &Viewer, row: &ApprovalRow) -> bool {
    row.requester_id == viewer.user_id
        || row.named_users.contains(&viewer.user_id)
        || row.named_roles.contains(&viewer.role)
}

/// Who looks, when the permission reaches only that far.
pub(super) fn viewer(caller: &Caller) -> Option<Viewer> {
    let own = caller.only_own()?;
    Some(Viewer {
        user_id: own.to_owned(),
        role: role(caller).unwrap_or_default(),
    })
}

/// The caller's role in the tenant, as stages name it.
pub(super) fn role(caller: &Caller) -> Option<String> {
    caller.principal.role.map(|role| role.as_str().to_owned())
}

/// What is no id of an approval names none.
pub(super) fn approval_id(text: &str) -> Result<ApprovalId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// Where the read model of approvals stands for the caller.
pub(super) async fn stand(
    app: &App,
    caller: &Caller,
    read: &ReadOptions,
) -> Result<Stand, Problem> {
    read.stand(&app.reads, NAME, caller.tenant).await
}
