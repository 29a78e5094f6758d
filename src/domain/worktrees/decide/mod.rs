//! One rule per file.

mod make;
mod observe;
mod remove;
mod request;
mod work;

pub(super) use make::{confirm, fail};
pub(super) use observe::observe;
pub(super) use remove::remove;
pub(super) use request::request;
pub(super) use work::{complete, occupy, release};

#[cfg(test)]
pub(super) mod given {
    //! What the rules' tests start from.

    use std::sync::Arc;

    use cqrs_es::test::{AggregateTestExecutor, TestFramework};
    use pantheon_events::worktrees::{
        RequestWorktree, WorktreeCommand, WorktreeCreated, WorktreeEvent, WorktreeOccupied,
        WorktreeRequested, worktree_id,
    };
    use pantheon_events::{Actor, CommandContext, TenantId};
    use uuid::Uuid;

    use super::super::Worktree;
    use crate::domain::Asked;

    pub const PATH: &str = "/srv/worktrees/fix-1";

    pub fn asked_by(actor: Actor, command: impl Into<WorktreeCommand>) -> Asked<WorktreeCommand> {
        let tenant = TenantId::default_organization();
        Asked {
            command: command.into(),
            id: Arc::from(worktree_id(tenant, "fix/1").to_string()),
            by: Arc::new(CommandContext::new(tenant, actor, None)),
            at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    pub fn asked(command: impl Into<WorktreeCommand>) -> Asked<WorktreeCommand> {
        asked_by(Actor::human("ops"), command)
    }

    pub fn history(events: Vec<WorktreeEvent>) -> AggregateTestExecutor<Worktree> {
        TestFramework::<Worktree>::with(()).given(events)
    }

    pub fn wanted() -> RequestWorktree {
        RequestWorktree {
            branch: "fix/1".to_owned(),
            base_branch: None,
            issue_number: Some(1),
            path: Some(PATH.to_owned()),
        }
    }

    pub fn requested() -> WorktreeEvent {
        WorktreeRequested {
            branch: "fix/1".to_owned(),
            base_branch: "main".to_owned(),
            path: PATH.to_owned(),
            issue_number: Some(1),
            requested_by: "ops".to_owned(),
            at: chrono::DateTime::UNIX_EPOCH,
        }
        .into()
    }

    pub fn created() -> WorktreeEvent {
        WorktreeCreated {
            branch: "fix/1".to_owned(),
            path: PATH.to_owned(),
            at: chrono::DateTime::UNIX_EPOCH,
        }
        .into()
    }

    pub fn occupied(execution: Option<Uuid>) -> WorktreeEvent {
        WorktreeOccupied {
            branch: "fix/1".to_owned(),
            agent_type: "codegen".to_owned(),
            execution_id: execution,
            issue_number: None,
            at: chrono::DateTime::UNIX_EPOCH,
        }
        .into()
    }
}
