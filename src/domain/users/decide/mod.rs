//! One rule per file.

mod claim;
mod failure;
mod github;
mod password;
mod profile;
mod register;
mod role;
mod setup;
mod standing;

pub(super) use claim::{claim, release};
pub(super) use failure::{clear, fail};
pub(super) use github::{link_github, unlink_github};
pub(super) use password::{change_password, rehash_password};
pub(super) use profile::update_profile;
pub(super) use register::register;
pub(super) use role::change_role;
pub(super) use setup::{start_setup, use_setup};
pub(super) use standing::{activate, deactivate, lock, unlock};

#[cfg(test)]
pub(super) mod given {
    //! What the rules' tests start from.

    use std::sync::Arc;

    use cqrs_es::test::{AggregateTestExecutor, TestFramework};
    use pantheon_events::users::{
        AccountRole, LoginText, NameKey, Origin, UserEvent, UserRegistered,
    };
    use pantheon_events::{Actor, CommandContext, Sealed, TenantId, UserId};
    use uuid::Uuid;

    use crate::domain::{Asked, Root};

    /// A moment to count from.
    pub fn noon() -> chrono::DateTime<chrono::Utc> {
        chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::hours(12)
    }

    pub fn asked<C, D: From<C>>(command: C) -> Asked<D> {
        asked_at(command, noon())
    }

    pub fn asked_at<C, D: From<C>>(command: C, at: chrono::DateTime<chrono::Utc>) -> Asked<D> {
        let tenant = TenantId::default_organization();
        Asked {
            command: command.into(),
            id: Arc::from("0199aa00-0000-7000-8000-000000000001"),
            by: Arc::new(CommandContext::new(tenant, Actor::human("test"), None)),
            at,
        }
    }

    pub fn history<A: Root>(events: Vec<A::Fact>) -> AggregateTestExecutor<A> {
        TestFramework::<A>::with(()).given(events)
    }

    pub fn somebody(n: u128) -> UserId {
        UserId::new(Uuid::from_u128(n))
    }

    pub fn name(digit: char) -> NameKey {
        let text: String = std::iter::repeat_n(digit, 64).collect();
        text.parse().expect("a digest")
    }

    pub fn text(digit: char) -> LoginText {
        LoginText {
            key: name(digit),
            sealed: Sealed::new(format!("1.{digit}")),
        }
    }

    pub fn registered() -> UserRegistered {
        UserRegistered {
            origin: Origin::Own,
            email: text('a'),
            username: text('b'),
            full_name: None,
            avatar_url: None,
            credential_id: Some(Uuid::from_u128(7)),
            github_id: None,
            role: AccountRole::Viewer,
            email_verified: false,
        }
    }

    pub fn ada() -> Vec<UserEvent> {
        vec![registered().into()]
    }
}
