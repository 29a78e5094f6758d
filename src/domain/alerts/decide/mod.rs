//! One rule per file.

mod raise;
mod resolve;

pub(super) use raise::raise;
pub(super) use resolve::resolve;

#[cfg(test)]
pub(super) mod given {
    //! What the rules' tests start from.

    use std::sync::Arc;

    use cqrs_es::test::{AggregateTestExecutor, TestFramework};
    use pantheon_events::alerts::{
        AlertCommand, AlertEvent, AlertSeverity, RaiseAlert, SystemAlertRaised, alert_id,
    };
    use pantheon_events::{Actor, CommandContext, TenantId};

    use super::super::Alert;
    use crate::domain::Asked;

    pub fn asked(command: impl Into<AlertCommand>) -> Asked<AlertCommand> {
        let tenant = TenantId::default_organization();
        let id = alert_id(tenant, "agent", "codegen").to_string();
        Asked {
            command: command.into(),
            id: Arc::from(id.as_str()),
            by: Arc::new(CommandContext::new(tenant, Actor::policy("test"), None)),
            at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    pub fn history(events: Vec<AlertEvent>) -> AggregateTestExecutor<Alert> {
        TestFramework::<Alert>::with(()).given(events)
    }

    pub fn raise() -> RaiseAlert {
        RaiseAlert {
            source: "agent".to_owned(),
            subject: "codegen".to_owned(),
            severity: AlertSeverity::Warning,
            title: "Not heard of".to_owned(),
            description: "For long.".to_owned(),
        }
    }

    pub fn raised() -> AlertEvent {
        SystemAlertRaised {
            source: "agent".to_owned(),
            subject: "codegen".to_owned(),
            severity: AlertSeverity::Warning,
            title: "Not heard of".to_owned(),
            description: "For long.".to_owned(),
        }
        .into()
    }
}
