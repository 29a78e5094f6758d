//! Running observers: each on one node at a time.
//!
//! Shape: under a lease, a look at the beginning, then one whenever it is time or somebody asked for
//! one (`POST /infrastructure/sync`).
//! Ordering: one look after the other.
//! Delivery: what is missed while nobody looks is seen at the next look.
//! On failure: tried again when it is time; after five minutes without a good look an alert is
//! raised, and the next good one resolves it. A node is well without its observers.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use pantheon_projections::infrastructure::last_asked;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::{Observer, Unseen};
use crate::app::App;
use crate::followers::{LEASES, LEASES_WITHIN, Lease, while_leader};
use crate::lifecycle::Phase;
use crate::processes::{observer_is_back, observer_sees_nothing};

/// How often it is asked whether it is time.
const TICK: Duration = Duration::from_secs(1);
/// A look may take this long.
const LOOK: Duration = Duration::from_secs(30);
/// How long a node leaves an observer to others when it has ended here.
const REST: Duration = Duration::from_secs(5);
/// After so long without a good look people hear of it.
const PATIENCE: TimeDelta = TimeDelta::minutes(5);

/// Runs an observer on this node whenever it holds the observer's lease.
pub fn spawn(app: &App, observer: Arc<dyn Observer>) {
    let name = observer.name();
    let leases = app.pulses.shared(LEASES, LEASES_WITHIN);
    let pool = app.log.pool().clone();
    let lease = Lease::new(pool, format!("observer:{name}"), app.node.clone(), leases);
    let stop = app.lifecycle.stop(Phase::Followers);
    let app = app.clone();
    let lifecycle = app.lifecycle.clone();
    lifecycle.spawn(Phase::Followers, name, async move {
        while_leader(
            lease,
            stop,
            REST,
            || {},
            move |token| watch(app.clone(), Arc::clone(&observer), token),
        )
        .await;
    });
}

async fn watch(app: App, observer: Arc<dyn Observer>, stop: CancellationToken) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut due = Instant::now();
    let mut asked = None;
    let mut sight = Sight::default();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        // Who cannot find out whether somebody asked looks when it is time.
        let last = last_asked(&app.reads).await.unwrap_or(asked);
        if last == asked && Instant::now() < due {
            continue;
        }
        asked = last;
        let seen = tokio::select! {
            () = stop.cancelled() => return,
            seen = timeout(LOOK, observer.look()) => seen,
        };
        due = Instant::now() + observer.every();
        let seen = seen.unwrap_or_else(|_| Err(Unseen("the look does not end".to_owned())));
        sight.note(&app, observer.name(), seen).await;
    }
}

/// How an observer fares.
#[derive(Debug, Default)]
struct Sight {
    /// Since when it sees nothing.
    blind_since: Option<DateTime<Utc>>,
    /// Whether people were told of that; at the beginning another node may have told them.
    told: Option<bool>,
}

impl Sight {
    async fn note(&mut self, app: &App, observer: &str, seen: Result<(), Unseen>) {
        let now = app.clock.now();
        let said = match seen {
            Ok(()) => {
                self.blind_since = None;
                if self.told == Some(false) {
                    return;
                }
                let said = observer_is_back(app, observer, now).await;
                said.map(|()| self.told = Some(false))
            }
            Err(error) => {
                tracing::warn!(observer, %error, "an observer saw nothing and will look again");
                let since = *self.blind_since.get_or_insert(now);
                if now - since < PATIENCE || self.told == Some(true) {
                    return;
                }
                let said = observer_sees_nothing(app, observer, since, &error.to_string()).await;
                said.map(|()| self.told = Some(true))
            }
        };
        if let Err(error) = said {
            tracing::warn!(observer, %error, "how an observer fares will be said again");
        }
    }
}
