//! `raise_alert`: something is wrong. Whoever says it again says nothing new.

use pantheon_events::alerts::{AlertCommand, AlertEvent, RaiseAlert, SystemAlertRaised, alert_id};

use super::super::{Alert, AlertError};
use crate::domain::Asked;

pub(in super::super) fn raise(
    alert: &Alert,
    asked: &Asked<AlertCommand>,
    command: &RaiseAlert,
) -> Result<Vec<AlertEvent>, AlertError> {
    let id = alert_id(asked.by.tenant, &command.source, &command.subject);
    if *asked.id != *id.to_string() {
        return Err(AlertError::OtherId);
    }
    if alert.open.is_some() {
        return Ok(Vec::new());
    }
    let command = command.clone();
    Ok(vec![
        SystemAlertRaised {
            source: command.source,
            subject: command.subject,
            severity: command.severity,
            title: command.title,
            description: command.description,
        }
        .into(),
    ])
}

#[cfg(test)]
mod tests {
    use pantheon_events::alerts::SystemAlertResolved;

    use super::super::given::{self, asked, history, raised};
    use super::*;

    #[tokio::test]
    async fn an_alert_is_raised_once_while_it_is_open() {
        history(vec![])
            .when_async(asked(given::raise()))
            .await
            .then_expect_events(vec![raised()]);
        history(vec![raised()])
            .when_async(asked(given::raise()))
            .await
            .then_expect_events(vec![]);
    }

    #[tokio::test]
    async fn what_was_over_and_comes_back_is_raised_again() {
        let AlertEvent::SystemAlertRaised(first) = raised() else {
            panic!("it is a raised alert");
        };
        let over = SystemAlertResolved {
            source: first.source,
            subject: first.subject,
            severity: first.severity,
            title: first.title,
            reason: "It is back.".to_owned(),
        };
        history(vec![raised(), over.into()])
            .when_async(asked(given::raise()))
            .await
            .then_expect_events(vec![raised()]);
    }

    #[tokio::test]
    async fn an_alert_is_raised_on_its_own_stream_only() {
        let other = RaiseAlert {
            subject: "review".to_owned(),
            ..given::raise()
        };
        history(vec![])
            .when_async(asked(other))
            .await
            .then_expect_error(AlertError::OtherId);
    }
}
