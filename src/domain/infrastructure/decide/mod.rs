//! One rule per file.

mod containers;
mod resources;
mod service;
mod sync;

pub(super) use containers::observe_containers;
pub(super) use resources::observe_resources;
pub(super) use service::{keep, observe_service};
pub(super) use sync::request_sync;

#[cfg(test)]
pub(super) mod given {
    //! What the rules' tests start from.

    use std::sync::Arc;

    use cqrs_es::test::{AggregateTestExecutor, TestFramework};
    use pantheon_events::infrastructure::{
        InfrastructureCommand, InfrastructureEvent, LOCAL, infrastructure_id,
    };
    use pantheon_events::{Actor, CommandContext, TenantId};

    use super::super::Infrastructure;
    use crate::domain::Asked;

    /// Something that an observer of this place says at the start of time.
    pub fn asked_of(
        place: &str,
        command: impl Into<InfrastructureCommand>,
    ) -> Asked<InfrastructureCommand> {
        let tenant = TenantId::default_organization();
        Asked {
            command: command.into(),
            id: Arc::from(infrastructure_id(tenant, place).to_string()),
            by: Arc::new(CommandContext::new(tenant, Actor::system("test"), None)),
            at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    pub fn asked(command: impl Into<InfrastructureCommand>) -> Asked<InfrastructureCommand> {
        asked_of(LOCAL, command)
    }

    pub fn history(events: Vec<InfrastructureEvent>) -> AggregateTestExecutor<Infrastructure> {
        TestFramework::<Infrastructure>::with(()).given(events)
    }
}
