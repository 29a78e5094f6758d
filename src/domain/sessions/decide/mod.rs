//! One rule per file.

mod end;
mod refresh;
mod start;
mod switch;

pub(super) use end::end;
pub(super) use refresh::refresh;
pub(super) use start::start;
pub(super) use switch::switch;

#[cfg(test)]
mod given {
    //! What the rules' tests start from.

    use std::sync::Arc;

    use chrono::{DateTime, TimeDelta, Utc};
    use cqrs_es::test::{AggregateTestExecutor, TestFramework};
    use pantheon_events::sessions::{
        SessionCommand, SessionEvent, SessionStarted, SignInWay, TokenDigest,
    };
    use pantheon_events::{Actor, CommandContext, TenantId, UserId};
    use uuid::Uuid;

    use super::super::Session;
    use crate::domain::Asked;

    pub fn noon() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(12)
    }

    pub fn asked_at(
        command: impl Into<SessionCommand>,
        at: DateTime<Utc>,
    ) -> Asked<SessionCommand> {
        let tenant = TenantId::default_organization();
        Asked {
            command: command.into(),
            id: Arc::from("0199aa00-0000-7000-8000-000000000001"),
            by: Arc::new(CommandContext::new(tenant, Actor::human("test"), None)),
            at,
        }
    }

    pub fn ada() -> UserId {
        UserId::new(Uuid::from_u128(1))
    }

    pub fn token(digit: char) -> TokenDigest {
        let text: String = std::iter::repeat_n(digit, 64).collect();
        text.parse().expect("a digest")
    }

    pub fn started() -> SessionEvent {
        SessionStarted {
            user_id: ada(),
            way: SignInWay::Password,
            token_digest: token('a'),
            organization_id: None,
            at: noon(),
            ip_address: None,
            user_agent: None,
        }
        .into()
    }

    pub fn history(events: Vec<SessionEvent>) -> AggregateTestExecutor<Session> {
        TestFramework::<Session>::with(()).given(events)
    }
}
