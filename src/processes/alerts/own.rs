//! What a node alone knows: that the log it reads is broken, or that the mirror which it fills is
//! not a copy of the log.
//!
//! Shape: one task per node looks every two seconds. A node that does not fill the mirror says
//! nothing of it, so that nodes do not contradict each other.
//! Delivery: raised once per run of the node; a second node's word changes nothing.
//! On failure: tried again at the next look.

use std::time::Duration;

use pantheon_events::TenantId;
use pantheon_events::alerts::{AlertSeverity, RaiseAlert};
use pantheon_log::FollowerState;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::{NAME, ProcessError, Turn, of_key};
use crate::app::App;

const LOOK: Duration = Duration::from_secs(2);

const LOG: &str = "log";
const MIRROR: &str = "mirror";
/// The subject of both: there is one of each.
const ONLY: &str = "events";

/// Looks until `stop`.
pub async fn watch(app: App, stop: CancellationToken) {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut said = Said::default();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = looks.tick() => {}
        }
        if let Err(error) = said.look(&app).await {
            tracing::warn!(%error, "an alarm of this node will be raised again");
        }
    }
}

/// What this run of the node has said.
#[derive(Debug, Default)]
struct Said {
    /// That the log is broken. Only people can say that it is whole again.
    integrity: bool,
    /// How the mirror is.
    mirror_is_well: Option<bool>,
    /// How often that has changed.
    turns: u32,
}

impl Said {
    async fn look(&mut self, app: &App) -> Result<(), ProcessError> {
        if !self.integrity && app.log.integrity_violations() > 0 {
            self.send(app, Turn::Raise(broken_log())).await?;
            self.integrity = true;
        }
        let is_well = match mirror(app) {
            Some(is_well) if self.mirror_is_well != Some(is_well) => is_well,
            _ => return Ok(()),
        };
        let turn = if is_well {
            Turn::Resolve {
                source: MIRROR,
                subject: ONLY.to_owned(),
                reason: "It is a copy of the log again.",
            }
        } else {
            Turn::Raise(forked_mirror(app))
        };
        self.send(app, turn).await?;
        self.mirror_is_well = Some(is_well);
        self.turns += 1;
        Ok(())
    }

    async fn send(&self, app: &App, turn: Turn) -> Result<(), ProcessError> {
        let turns = self.turns.to_string();
        let source = match &turn {
            Turn::Raise(raise) => raise.source.clone(),
            Turn::Resolve { source, .. } => (*source).to_owned(),
        };
        let key = [NAME, turn.word(), &source, &app.node, &turns];
        let by = of_key(TenantId::default_organization(), &key);
        turn.send(app, by).await
    }
}

/// Whether the mirror is well, when it is this node that fills it.
fn mirror(app: &App) -> Option<bool> {
    match app.health.get("relay")?.state() {
        FollowerState::Halted => Some(false),
        FollowerState::Running => Some(true),
        _ => None,
    }
}

fn broken_log() -> RaiseAlert {
    RaiseAlert {
        source: LOG.to_owned(),
        subject: ONLY.to_owned(),
        severity: AlertSeverity::Critical,
        title: "The log is not contiguous".to_owned(),
        description: "A position was missing or out of order. Readers that met it have stopped; \
                      see the process log for the positions, and restore from a backup."
            .to_owned(),
    }
}

fn forked_mirror(app: &App) -> RaiseAlert {
    let reports = app.health.report(&app.log);
    let error = reports
        .into_iter()
        .find(|report| report.name == "relay")
        .and_then(|report| report.error);
    RaiseAlert {
        source: MIRROR.to_owned(),
        subject: ONLY.to_owned(),
        severity: AlertSeverity::Critical,
        title: "The bus does not hold a copy of the log".to_owned(),
        description: format!(
            "{}; see `pantheon bus status`, then `pantheon bus rebuild`.",
            error.unwrap_or_else(|| "the relay has stopped".to_owned())
        ),
    }
}
