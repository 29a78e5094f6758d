//! `resolve_alert`: it is over. What is over already stays so.

use pantheon_events::alerts::{AlertEvent, ResolveAlert, SystemAlertResolved};

use super::super::Alert;

pub(in super::super) fn resolve(alert: &Alert, command: &ResolveAlert) -> Vec<AlertEvent> {
    let Some(open) = alert.open.clone() else {
        return Vec::new();
    };
    let resolved = SystemAlertResolved {
        source: open.source,
        subject: open.subject,
        severity: open.severity,
        title: open.title,
        reason: command.reason.clone(),
    };
    vec![resolved.into()]
}

#[cfg(test)]
mod tests {
    use pantheon_events::alerts::AlertSeverity;

    use super::super::given::{asked, history, raised};
    use super::*;

    #[tokio::test]
    async fn an_open_alert_is_resolved_once() {
        let over = || ResolveAlert {
            reason: "It is back.".to_owned(),
        };
        let resolved = || -> AlertEvent {
            SystemAlertResolved {
                source: "agent".to_owned(),
                subject: "codegen".to_owned(),
                severity: AlertSeverity::Warning,
                title: "Not heard of".to_owned(),
                reason: "It is back.".to_owned(),
            }
            .into()
        };
        history(vec![raised()])
            .when_async(asked(over()))
            .await
            .then_expect_events(vec![resolved()]);
        history(vec![raised(), resolved()])
            .when_async(asked(over()))
            .await
            .then_expect_events(vec![]);
    }
}
