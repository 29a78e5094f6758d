//! What the rules share: opening a stage, and whether a stage can be satisfied at all.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use pantheon_events::ApprovalId;
use pantheon_events::approvals::{
    ApprovalRequested, ApprovalStageOpened, ApprovalStatus, Stage, StageRule,
};

use super::super::{Approval, ApprovalError};

/// Whether enough people could say yes: those named by id, without the `barred` ones and `spare`
/// others. How many hold a role is known outside of this stream: `processes/electorate.rs` counts
/// them before.
pub fn satisfiable(stage: &StageRule, barred: &[&str], spare: usize) -> bool {
    if !stage.approvers.roles.is_empty() {
        return true;
    }
    let mut people: Vec<&str> = stage
        .approvers
        .user_ids
        .iter()
        .map(String::as_str)
        .collect();
    people.retain(|user| !barred.contains(user));
    people.sort_unstable();
    people.dedup();
    let enough = usize::try_from(stage.required).unwrap_or(usize::MAX);
    people.len().saturating_sub(spare) >= enough
}

/// A time as it is kept: to the millisecond, so that every reader has the same one.
pub fn kept(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(3)
}

/// The deadline and the reminder of a stage that starts now.
pub fn times(at: DateTime<Utc>, seconds: i64) -> (DateTime<Utc>, DateTime<Utc>) {
    let whole = TimeDelta::seconds(seconds);
    (kept(at + whole), kept(at + whole / 2))
}

/// The event that opens a stage.
pub fn open(
    approval_id: ApprovalId,
    index: u32,
    rule: &StageRule,
    at: DateTime<Utc>,
) -> ApprovalStageOpened {
    let (deadline, remind_at) = times(at, rule.timeout_seconds);
    ApprovalStageOpened {
        approval_id,
        stage: index,
        name: rule.name.clone(),
        approvers: rule.approvers.clone(),
        granted: 0,
        required: rule.required,
        deadline,
        remind_at,
    }
}

/// The request and its open stage, if it is pending.
pub fn pending(approval: &Approval) -> Result<(&ApprovalRequested, &Stage), ApprovalError> {
    let closed = ApprovalError::Closed(approval.status.as_str());
    let request = approval.requested.as_ref().ok_or_else(|| closed.clone())?;
    match approval.open_stage() {
        Some(stage) if approval.status == ApprovalStatus::Pending => Ok((request, stage)),
        _ => Err(closed),
    }
}
