//! One rule per file.

mod answer;
mod create;
mod delete;
mod features;
mod grant;
mod invite;
mod role;
mod standing;
mod update;

pub(super) use answer::{accept, decline};
pub(super) use create::create;
pub(super) use delete::delete;
pub(super) use features::set_features;
pub(super) use grant::{grant, revoke};
pub(super) use invite::invite;
pub(super) use role::{change_role, transfer};
pub(super) use standing::{reinstate, remove, suspend};
pub(super) use update::update;

#[cfg(test)]
pub(super) mod given {
    //! What the rules' tests start from.

    use std::sync::Arc;

    use cqrs_es::test::{AggregateTestExecutor, TestFramework};
    use pantheon_events::organizations::{
        Features, OrgRole, OrganizationCommand, OrganizationCreated, OrganizationEvent,
        OrganizationMemberInvited, OrganizationMemberJoined, Plan,
    };
    use pantheon_events::{Actor, CommandContext, TenantId, UserId};
    use uuid::Uuid;

    use super::super::Organization;
    use crate::domain::Asked;

    pub fn somebody(n: u128) -> UserId {
        UserId::new(Uuid::from_u128(n))
    }

    /// Who owns the organisation.
    pub fn ada() -> UserId {
        somebody(1)
    }

    /// Who was invited, or is a member.
    pub fn bob() -> UserId {
        somebody(2)
    }

    pub fn tenant() -> TenantId {
        TenantId::of_slug("engines")
    }

    pub fn by(user: UserId, command: impl Into<OrganizationCommand>) -> Asked<OrganizationCommand> {
        by_actor(Actor::human(user.to_string()), command)
    }

    pub fn by_actor(
        actor: Actor,
        command: impl Into<OrganizationCommand>,
    ) -> Asked<OrganizationCommand> {
        Asked {
            command: command.into(),
            id: Arc::from(tenant().to_string().as_str()),
            by: Arc::new(CommandContext::new(tenant(), actor, None)),
            at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    pub fn nothing() -> AggregateTestExecutor<Organization> {
        TestFramework::<Organization>::with(()).given_no_previous_events()
    }

    pub fn history(events: Vec<OrganizationEvent>) -> AggregateTestExecutor<Organization> {
        TestFramework::<Organization>::with(()).given(events)
    }

    pub fn made() -> OrganizationEvent {
        OrganizationCreated {
            name: "Engines".to_owned(),
            slug: "engines".parse().expect("a slug"),
            description: None,
            github_org_login: None,
            owner_id: Some(ada()),
            plan: Plan::Free,
            features: Features::default(),
        }
        .into()
    }

    pub fn invited(user_id: UserId, role: OrgRole) -> OrganizationEvent {
        OrganizationMemberInvited { user_id, role }.into()
    }

    pub fn joined(user_id: UserId, role: OrgRole) -> OrganizationEvent {
        OrganizationMemberJoined { user_id, role }.into()
    }

    /// An organisation of two.
    pub fn two(role: OrgRole) -> Vec<OrganizationEvent> {
        vec![made(), invited(bob(), role), joined(bob(), role)]
    }
}
