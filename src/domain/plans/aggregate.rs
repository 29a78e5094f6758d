//! One plan: what it is made of, and where it stands.

use pantheon_events::plans::{PlanCommand, PlanEvent, PlanStatus, PlanTask};
use pantheon_events::{ActorKind, WorkflowId};
use serde::{Deserialize, Serialize};

use super::{PlanError, decide};
use crate::aggregate;
use crate::domain::{Asked, is_plain_uuid};

/// One plan. What its tasks do stands in their own streams; a process says what it means here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Whether it was ever made.
    pub exists: bool,
    /// Who made it.
    pub created_by: String,
    /// 1–255 characters.
    pub name: String,
    /// The workflow whose run it is.
    pub workflow_id: Option<WorkflowId>,
    /// Where it stands.
    pub status: PlanStatus,
    /// Its tasks, in the order they were given.
    pub tasks: Vec<PlanTask>,
}

aggregate!(Plan: PlanCommand => PlanEvent, PlanError);

impl Plan {
    fn valid_id(id: &str) -> bool {
        is_plain_uuid(id)
    }

    fn decide(&self, asked: &Asked<PlanCommand>) -> Result<Vec<PlanEvent>, PlanError> {
        use PlanCommand as C;
        let only_own = asked.by.own_only && asked.by.actor.kind != ActorKind::Agent;
        if only_own && self.exists && self.created_by != asked.by.actor.id {
            return Err(PlanError::NotFound);
        }
        match &asked.command {
            C::CreatePlan(command) => decide::create(self, &asked.with(command)),
            C::StartPlan(_) => Ok(decide::start(self, asked.at)),
            C::CompletePlan(_) => Ok(decide::complete(self, asked.at)),
            C::FailPlan(command) => Ok(decide::fail(self, command, asked.at)),
            C::CancelPlan(command) => decide::cancel(self, command, asked.at),
        }
    }

    fn evolve(&mut self, event: PlanEvent) {
        match event {
            PlanEvent::PlanCreated(made) => {
                *self = Self {
                    exists: true,
                    created_by: made.created_by,
                    name: made.name,
                    workflow_id: made.workflow_id,
                    status: PlanStatus::Pending,
                    tasks: made.tasks,
                };
            }
            PlanEvent::PlanStarted(_) => self.status = PlanStatus::Running,
            PlanEvent::PlanCompleted(_) => self.status = PlanStatus::Completed,
            PlanEvent::PlanFailed(_) => self.status = PlanStatus::Failed,
            PlanEvent::PlanCancelled(_) => self.status = PlanStatus::Cancelled,
        }
    }
}
