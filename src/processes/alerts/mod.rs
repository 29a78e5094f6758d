//! Raising and resolving alerts (CON-37).
//!
//! Shape: events say when an agent is lost or a deployment failed, and when that is over; once a
//! second the stored state of the read models is compared with the alerts that are open. What only
//! a node knows of itself is raised by that node ([`watch`]).
//! Ordering: log order per agent and environment; the rules make a repeat a no-op.
//! Delivery: commands have derived ids, so a repeat changes nothing.
//! On failure: tried again like every reaction; a read model that is late only delays the end of an
//! alert.

mod observers;
mod own;
mod told;

use std::time::Duration;

use async_trait::async_trait;
use pantheon_events::RecordedEvent;
use pantheon_events::alerts::{AlertCommand, AlertSeverity, RaiseAlert, ResolveAlert, alert_id};
use pantheon_events::{Actor, CommandContext, CommandId, TenantId};
use pantheon_projections::engine::ProjectionStatus;
use pantheon_projections::{QueryError, agents, alerts};

pub use observers::{observer_is_back, observer_sees_nothing};
pub use own::watch;

use super::{Process, ProcessError, settle};
use crate::app::App;

const NAME: &str = "system_alerts";

/// How long the read model of agents may take to come up to an event.
const PATIENCE: Duration = Duration::from_secs(5);

/// A read model stands still.
const PROJECTION: &str = "projection";
/// A read model goes on without some streams.
const PARKED: &str = "parked_streams";

/// What becomes of an alert.
#[derive(Clone, Debug, PartialEq)]
enum Turn {
    Raise(RaiseAlert),
    Resolve {
        source: &'static str,
        subject: String,
        reason: &'static str,
    },
}

/// Raises and resolves alerts.
pub struct SystemAlerts {
    /// The node's parts.
    pub app: App,
}

#[async_trait]
impl Process for SystemAlerts {
    fn name(&self) -> &'static str {
        NAME
    }

    fn wants(&self, event: &RecordedEvent) -> bool {
        told::TYPES.contains(&event.event_type.as_str())
    }

    async fn react(&self, event: &RecordedEvent) -> Result<(), ProcessError> {
        let turn = told::turn(event).map_err(|error| ProcessError::Halt(error.to_string()))?;
        match turn {
            // Whoever was dismissed is not heard of any more: that is as it should be.
            Some(Turn::Raise(raise))
                if raise.source == told::AGENT && self.is_gone(event).await? =>
            {
                Ok(())
            }
            Some(turn) => {
                let by = CommandContext::caused_by(event, NAME, "alert");
                turn.send(&self.app, by).await
            }
            None => Ok(()),
        }
    }

    async fn tick(&self) -> Result<(), ProcessError> {
        let stored = self.app.projections.list().await;
        let stored = stored.map_err(|error| ProcessError::Retry(error.to_string()))?;
        let tenant = TenantId::default_organization();
        let open = alerts::open(&self.app.reads, tenant, &[PROJECTION, PARKED]).await;
        let open = open.map_err(|error| ProcessError::Retry(error.to_string()))?;
        for status in &stored {
            for (source, wanted) in [(PROJECTION, halted(status)), (PARKED, parked(status))] {
                let is_open = open
                    .iter()
                    .find(|alert| alert.source == source && alert.subject == status.name);
                let (turn, since) = match (wanted, is_open) {
                    (Some(raise), None) => (Turn::Raise(raise), status.updated_at),
                    (None, Some(alert)) => {
                        let turn = Turn::Resolve {
                            source,
                            subject: status.name.clone(),
                            reason: "It goes on.",
                        };
                        (turn, alert.raised_at)
                    }
                    _ => continue,
                };
                let since = since.timestamp_micros().to_string();
                let key = [NAME, turn.word(), source, &status.name, &since];
                let by = of_key(tenant, &key);
                turn.send(&self.app, by).await?;
            }
        }
        Ok(())
    }
}

impl SystemAlerts {
    /// Whether the agent was revoked by now.
    async fn is_gone(&self, event: &RecordedEvent) -> Result<bool, ProcessError> {
        let behind = |error: QueryError| ProcessError::Retry(error.to_string());
        let reached = self
            .app
            .reads
            .wait_for(agents::NAME, event.position, PATIENCE);
        reached.await.map_err(behind)?;
        let (tenant, id) = (event.metadata.tenant, event.aggregate_id.as_str());
        let agent = agents::one(&self.app.reads, tenant, id)
            .await
            .map_err(behind)?;
        Ok(agent.is_none_or(|agent| agent.revoked))
    }
}

fn halted(status: &ProjectionStatus) -> Option<RaiseAlert> {
    (status.state == "halted").then(|| RaiseAlert {
        source: PROJECTION.to_owned(),
        subject: status.name.clone(),
        severity: AlertSeverity::Critical,
        title: format!("The read model {} stands still", status.name),
        description: format!(
            "At position {}: {} See `pantheon projections list`.",
            status.position,
            status.error.as_deref().unwrap_or("without a reason.")
        ),
    })
}

fn parked(status: &ProjectionStatus) -> Option<RaiseAlert> {
    (status.parked > 0).then(|| RaiseAlert {
        source: PARKED.to_owned(),
        subject: status.name.clone(),
        severity: AlertSeverity::Warning,
        title: format!(
            "The read model {} goes on without some streams",
            status.name
        ),
        description: format!(
            "{} streams are parked, because an event of theirs cannot be applied. See GET \
             /api/v1/projections/{}.",
            status.parked, status.name
        ),
    })
}

/// A command under an id that follows from what is due.
fn of_key(tenant: TenantId, key: &[&str]) -> CommandContext {
    CommandContext::new(tenant, Actor::policy(NAME), Some(CommandId::of_key(key)))
}

impl Turn {
    fn word(&self) -> &'static str {
        match self {
            Self::Raise(_) => "raise",
            Self::Resolve { .. } => "resolve",
        }
    }

    async fn send(self, app: &App, by: CommandContext) -> Result<(), ProcessError> {
        let (id, command): (_, AlertCommand) = match self {
            Self::Raise(raise) => {
                let id = alert_id(by.tenant, &raise.source, &raise.subject);
                (id, raise.into())
            }
            Self::Resolve {
                source,
                subject,
                reason,
            } => {
                let reason = reason.to_owned();
                let id = alert_id(by.tenant, source, &subject);
                (id, ResolveAlert { reason }.into())
            }
        };
        // Most of what is over was never an alert: nothing to keep.
        let by = CommandContext {
            record_refusals: false,
            ..by
        };
        let alerts = &app.commands.alerts;
        settle(alerts.dispatch(&id.to_string(), command, by).await)
    }
}
