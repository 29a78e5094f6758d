//! An observer that sees nothing for long: raised and resolved by the node that runs it.

use chrono::{DateTime, Utc};
use pantheon_events::TenantId;
use pantheon_events::alerts::{AlertSeverity, RaiseAlert};

use super::{NAME, ProcessError, Turn, of_key};
use crate::app::App;

const OBSERVER: &str = "observer";

/// It has seen nothing since then.
pub async fn observer_sees_nothing(
    app: &App,
    observer: &str,
    since: DateTime<Utc>,
    error: &str,
) -> Result<(), ProcessError> {
    let raise = RaiseAlert {
        source: OBSERVER.to_owned(),
        subject: observer.to_owned(),
        severity: AlertSeverity::Warning,
        title: format!("The observer {observer} sees nothing"),
        description: format!("Since {}: {error}", since.to_rfc3339()),
    };
    send(app, Turn::Raise(raise), observer, since).await
}

/// It saw something at that time.
pub async fn observer_is_back(
    app: &App,
    observer: &str,
    at: DateTime<Utc>,
) -> Result<(), ProcessError> {
    let resolve = Turn::Resolve {
        source: OBSERVER,
        subject: observer.to_owned(),
        reason: "It sees again.",
    };
    send(app, resolve, observer, at).await
}

async fn send(
    app: &App,
    turn: Turn,
    observer: &str,
    at: DateTime<Utc>,
) -> Result<(), ProcessError> {
    let at = at.timestamp_micros().to_string();
    let key = [NAME, turn.word(), OBSERVER, observer, &at];
    let by = of_key(TenantId::default_organization(), &key);
    turn.send(app, by).await
}
