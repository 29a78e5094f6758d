//! The stages of one approval, and how its events change them. The rules and the read model fold
//! them with the same code.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ApprovalEvent, Approvers, Decision, OnTimeout, StageRule, StageStatus, Verdict};

/// One stage of an approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stage {
    /// Its place, from 0.
    pub index: u32,
    /// What was asked for, who may decide by now included.
    #[serde(flatten)]
    pub rule: StageRule,
    /// When it times out; known once it is open.
    pub deadline: Option<DateTime<Utc>>,
    /// How far it is.
    pub status: StageStatus,
    /// Whether others were named already.
    pub escalated: bool,
    /// What was decided.
    pub decisions: Vec<Decision>,
}

impl Stage {
    fn new(index: u32, rule: StageRule) -> Self {
        Self {
            index,
            rule,
            deadline: None,
            status: StageStatus::Waiting,
            escalated: false,
            decisions: Vec::new(),
        }
    }

    /// How many said yes.
    #[must_use]
    pub fn granted(&self) -> u32 {
        let yes = self
            .decisions
            .iter()
            .filter(|one| one.decision == Verdict::Approve);
        u32::try_from(yes.count()).unwrap_or(u32::MAX)
    }

    /// Whether its next timeout names others instead of ending the approval.
    #[must_use]
    pub fn escalates(&self) -> bool {
        self.rule.on_timeout == OnTimeout::Escalate && !self.escalated
    }

    fn widen(&mut self, others: &Approvers) {
        let mine = &mut self.rule.approvers;
        for (mine, others) in [
            (&mut mine.roles, &others.roles),
            (&mut mine.user_ids, &others.user_ids),
        ] {
            for other in others {
                if !mine.contains(other) {
                    mine.push(other.clone());
                }
            }
        }
    }
}

/// What an event does to the stages.
pub fn fold_stages(stages: &mut Vec<Stage>, event: &ApprovalEvent) {
    if let ApprovalEvent::ApprovalRequested(requested) = event {
        let rules = requested.stages.iter().cloned().zip(0..);
        *stages = rules.map(|(rule, index)| Stage::new(index, rule)).collect();
        return;
    }
    let Some(at) = place(event) else { return };
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    if let Some(stage) = stages.get_mut(at) {
        fold_stage(stage, event);
    }
}

fn place(event: &ApprovalEvent) -> Option<u32> {
    match event {
        ApprovalEvent::ApprovalStageOpened(opened) => Some(opened.stage),
        ApprovalEvent::ApprovalGranted(granted) => Some(granted.stage),
        ApprovalEvent::ApprovalStageCompleted(completed) => Some(completed.stage),
        ApprovalEvent::ApprovalRejected(rejected) => Some(rejected.stage),
        ApprovalEvent::ApprovalEscalated(escalated) => Some(escalated.stage),
        ApprovalEvent::ApprovalExpired(expired) => Some(expired.stage),
        _ => None,
    }
}

fn fold_stage(stage: &mut Stage, event: &ApprovalEvent) {
    match event {
        ApprovalEvent::ApprovalStageOpened(opened) => {
            stage.status = StageStatus::Open;
            stage.deadline = Some(opened.deadline);
        }
        ApprovalEvent::ApprovalGranted(granted) => stage.decisions.push(granted.decision.clone()),
        ApprovalEvent::ApprovalStageCompleted(_) => stage.status = StageStatus::Approved,
        ApprovalEvent::ApprovalRejected(rejected) => {
            stage.status = StageStatus::Rejected;
            stage.decisions.push(rejected.decision.clone());
        }
        ApprovalEvent::ApprovalEscalated(escalated) => {
            stage.widen(&escalated.approvers);
            stage.escalated = true;
            stage.deadline = Some(escalated.deadline);
        }
        ApprovalEvent::ApprovalExpired(_) => stage.status = StageStatus::Expired,
        _ => {}
    }
}
