//! One approval.

use chrono::{DateTime, Utc};
use pantheon_events::CommandId;
use pantheon_events::approvals::{
    ApprovalCommand, ApprovalEvent, ApprovalRequested, ApprovalStatus, Stage, StageStatus,
    fold_stages,
};
use serde::{Deserialize, Serialize};

use super::{ApprovalError, decide};
use crate::aggregate;
use crate::domain::Asked;

/// An approval's state. A closed one may be requested again on the same stream.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Approval {
    /// The request; `None` before there was one.
    pub requested: Option<ApprovalRequested>,
    /// How far it is.
    pub status: ApprovalStatus,
    /// The stages.
    pub stages: Vec<Stage>,
    /// Until when an approved one can be used.
    pub usable_until: Option<DateTime<Utc>>,
    /// Whether the open stage was reminded of.
    pub reminded: bool,
    /// What it was used for.
    pub consumed_by: Option<CommandId>,
}

impl Approval {
    /// The stage that waits for people.
    #[must_use]
    pub fn open_stage(&self) -> Option<&Stage> {
        self.stages
            .iter()
            .find(|stage| stage.status == StageStatus::Open)
    }

    fn decide(&self, asked: &Asked<ApprovalCommand>) -> Result<Vec<ApprovalEvent>, ApprovalError> {
        match &asked.command {
            ApprovalCommand::RequestApproval(command) => {
                decide::request(self, &asked.with(command.clone()))
            }
            ApprovalCommand::Approve(command) => {
                decide::approve(self, &asked.with(command.clone()))
            }
            ApprovalCommand::Reject(command) => decide::reject(self, &asked.with(command.clone())),
            ApprovalCommand::CancelApproval(command) => {
                decide::cancel(self, &asked.with(command.clone()))
            }
            ApprovalCommand::Remind(command) => decide::remind(self, command),
            ApprovalCommand::Escalate(command) => {
                decide::escalate(self, &asked.with(command.clone()))
            }
            ApprovalCommand::Expire(command) => decide::expire(self, command),
            ApprovalCommand::ConsumeApproval(command) => {
                decide::consume(self, &asked.with(command.clone()))
            }
        }
    }

    fn evolve(&mut self, event: ApprovalEvent) {
        fold_stages(&mut self.stages, &event);
        match event {
            ApprovalEvent::ApprovalRequested(requested) => {
                *self = Self {
                    requested: Some(requested),
                    stages: std::mem::take(&mut self.stages),
                    ..Self::default()
                }
            }
            ApprovalEvent::ApprovalStageOpened(_) | ApprovalEvent::ApprovalEscalated(_) => {
                self.reminded = false;
            }
            ApprovalEvent::ApprovalGranted(_) | ApprovalEvent::ApprovalStageCompleted(_) => {}
            ApprovalEvent::ApprovalApproved(approved) => {
                self.status = ApprovalStatus::Approved;
                self.usable_until = Some(approved.expires_at);
            }
            ApprovalEvent::ApprovalRejected(_) => self.status = ApprovalStatus::Rejected,
            ApprovalEvent::ApprovalCancelled(_) => self.status = ApprovalStatus::Cancelled,
            ApprovalEvent::ApprovalReminded(_) => self.reminded = true,
            ApprovalEvent::ApprovalExpired(_) => self.status = ApprovalStatus::Expired,
            ApprovalEvent::ApprovalConsumed(used) => self.consumed_by = Some(used.by_command),
        }
    }

    fn valid_id(id: &str) -> bool {
        crate::domain::is_plain_uuid(id)
    }
}

aggregate!(Approval: ApprovalCommand => ApprovalEvent, ApprovalError);
