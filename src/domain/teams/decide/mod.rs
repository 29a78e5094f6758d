//! One rule per file.

mod create;
mod members;
mod update;

pub(super) use create::create;
pub(super) use members::{add, change_role, remove};
pub(super) use update::{delete, update};

#[cfg(test)]
pub(super) mod given {
    //! What the rules' tests start from.

    use std::sync::Arc;

    use cqrs_es::test::{AggregateTestExecutor, TestFramework};
    use pantheon_events::teams::{TeamCommand, TeamCreated, TeamEvent};
    use pantheon_events::{Actor, CommandContext, TeamId, TenantId, UserId};
    use uuid::Uuid;

    use super::super::Team;
    use crate::domain::Asked;

    pub fn somebody(n: u128) -> UserId {
        UserId::new(Uuid::from_u128(n))
    }

    pub fn asked(command: impl Into<TeamCommand>) -> Asked<TeamCommand> {
        let tenant = TenantId::of_slug("engines");
        let actor = Actor::human(somebody(1).to_string());
        Asked {
            command: command.into(),
            id: Arc::from(TeamId::of_slug(tenant, "core").to_string().as_str()),
            by: Arc::new(CommandContext::new(tenant, actor, None)),
            at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    pub fn history(events: Vec<TeamEvent>) -> AggregateTestExecutor<Team> {
        TestFramework::<Team>::with(()).given(events)
    }

    pub fn made() -> TeamEvent {
        TeamCreated {
            name: "Core".to_owned(),
            slug: "core".parse().expect("a slug"),
            description: None,
            is_visible: true,
            lead_id: Some(somebody(1)),
        }
        .into()
    }
}
