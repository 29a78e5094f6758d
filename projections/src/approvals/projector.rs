//! The fold of approvals into rows. What people allow hangs on it, so it stops whole on what it
//! cannot read.

use std::sync::Arc;

use async_trait::async_trait;
use pantheon_events::RecordedEvent;
use pantheon_events::approvals::{
    ApprovalEvent, ApprovalRequested, ApprovalStatus, Decision, Stage, fold_stages,
};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::ApprovalRow;
use crate::engine::{
    Fault, OnPoison, ProjectError, ProjectionSpec, Projector, Table, Wants, decode, each, id, keys,
};

/// The read model's name.
pub const NAME: &str = "approvals";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: NAME,
    version: 2,
    tables: &["approvals"],
    events: Wants::Aggregates(&["approval"]),
    on_poison: OnPoison::Halt,
};

/// Keeps one row per approval.
#[derive(Clone, Copy, Debug)]
pub struct ApprovalsProjector;

#[async_trait]
impl Projector for ApprovalsProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let touched = keys(batch, |event| Ok([id::<Uuid>(event)?]))?;
        let mut rows = Table::<ApprovalRow>::load(db, touched).await?;
        each(batch, |event| {
            let before = rows.remove(&id(event)?);
            rows.put(fold(before, event)?);
            Ok(())
        })?;
        rows.save(db).await
    }
}

/// The row after an event. What was closed may be requested again, which begins a new row.
///
/// # Errors
/// The event cannot be read, or its approval was never requested.
pub fn fold(row: Option<ApprovalRow>, event: &RecordedEvent) -> Result<ApprovalRow, Fault> {
    let happened = decode::<ApprovalEvent>(event)?;
    let mut row = match (&happened, row) {
        (ApprovalEvent::ApprovalRequested(requested), _) => {
            requested_row(id(event)?, event, requested)
        }
        (_, Some(row)) => row,
        (_, None) => {
            let id = &event.aggregate_id;
            return Err(Fault::new(format!("approval {id} was never requested")));
        }
    };
    row.sequence = event.sequence.get();
    stages(&mut row, &happened)?;
    apply(&mut row, happened);
    Ok(row)
}

fn requested_row(id: Uuid, event: &RecordedEvent, requested: &ApprovalRequested) -> ApprovalRow {
    ApprovalRow {
        id,
        tenant: event.metadata.tenant.as_uuid(),
        resource_type: requested.subject.resource_type.clone(),
        resource_id: requested.subject.resource_id,
        subject_digest: requested.subject.subject_digest.clone(),
        requester_id: requested.requester_id.clone(),
        approver_id: None,
        comments: None,
        status: ApprovalStatus::Pending.as_str().to_owned(),
        title: requested.title.clone(),
        context: Value::Object(requested.context.clone()),
        current_stage: 0,
        stages: Value::Array(Vec::new()),
        named_roles: Vec::new(),
        named_users: Vec::new(),
        deciders: Vec::new(),
        deadline: None,
        remind_at: None,
        escalates: false,
        approved_at: None,
        consumed_at: None,
        expires_at: requested.expires_at,
        created_at: event.recorded_at,
        sequence: event.sequence.get(),
        request_comments: requested.comments.clone(),
    }
}

/// The stages, and what the row says of all of them together.
fn stages(row: &mut ApprovalRow, happened: &ApprovalEvent) -> Result<(), Fault> {
    let fault = |error: serde_json::Error| Fault::new(error.to_string());
    let mut stages: Vec<Stage> = serde_json::from_value(row.stages.take()).map_err(fault)?;
    fold_stages(&mut stages, happened);
    let named = stages.iter().map(|stage| &stage.rule.approvers);
    row.named_roles = distinct(named.clone().flat_map(|named| &named.roles));
    row.named_users = distinct(named.flat_map(|named| &named.user_ids));
    let current = usize::try_from(row.current_stage).unwrap_or(usize::MAX);
    row.escalates = stages.get(current).is_some_and(Stage::escalates);
    row.stages = serde_json::to_value(&stages).map_err(fault)?;
    Ok(())
}

fn distinct<'a>(names: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut names: Vec<String> = names.cloned().collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn apply(row: &mut ApprovalRow, happened: ApprovalEvent) {
    match happened {
        ApprovalEvent::ApprovalRequested(_) | ApprovalEvent::ApprovalStageCompleted(_) => {}
        ApprovalEvent::ApprovalStageOpened(opened) => {
            row.current_stage = i64::from(opened.stage);
            row.deadline = Some(opened.deadline);
            row.remind_at = Some(opened.remind_at);
            row.escalates = escalates(&row.stages, opened.stage);
        }
        ApprovalEvent::ApprovalGranted(granted) => decided(row, granted.decision),
        ApprovalEvent::ApprovalApproved(approved) => {
            close(row, ApprovalStatus::Approved);
            row.approved_at = Some(approved.approved_at);
            row.expires_at = approved.expires_at;
        }
        ApprovalEvent::ApprovalRejected(rejected) => {
            close(row, ApprovalStatus::Rejected);
            decided(row, rejected.decision);
        }
        ApprovalEvent::ApprovalCancelled(_) => close(row, ApprovalStatus::Cancelled),
        ApprovalEvent::ApprovalReminded(_) => row.remind_at = None,
        ApprovalEvent::ApprovalEscalated(escalated) => {
            row.deadline = Some(escalated.deadline);
            row.remind_at = Some(escalated.remind_at);
        }
        ApprovalEvent::ApprovalExpired(_) => close(row, ApprovalStatus::Expired),
        ApprovalEvent::ApprovalConsumed(used) => row.consumed_at = Some(used.consumed_at),
    }
}

fn escalates(stages: &Value, index: u32) -> bool {
    let stage = usize::try_from(index)
        .ok()
        .and_then(|index| stages.get(index));
    stage.is_some_and(|stage| stage["on_timeout"] == "escalate" && stage["escalated"] == false)
}

fn decided(row: &mut ApprovalRow, decision: Decision) {
    row.deciders.push(decision.user_id.clone());
    row.approver_id = Some(decision.user_id);
    row.comments = decision.comments;
}

fn close(row: &mut ApprovalRow, status: ApprovalStatus) {
    row.status = status.as_str().to_owned();
    row.deadline = None;
    row.remind_at = None;
}
