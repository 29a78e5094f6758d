//! Who was refused, and who took data along: noted at the doors, recorded beside them.
//!
//! Shape: a door notes what it saw and goes on at once; a task records. Alike ones of one caller, route and
//! minute become one event, or two. Ordering: none between callers. Delivery: at most once: what a crash
//! or a full queue takes is counted (`pantheon_access_records_lost_total`) and not told. On failure: the
//! request has long been answered; the log says what could not be recorded.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::HeaderValue;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::deed::{Deed, Kind, Origin};
use super::fold::{Fold, Times, Told};
use super::record;
use crate::app::App;
use crate::auth::{Principal, PrincipalKind};
use crate::clock::Clock;

/// So many may wait to be recorded.
const QUEUE: usize = 1_024;
/// How often is looked for minutes that are over.
const LOOK: Duration = Duration::from_secs(1);

type Line = (Kind, Origin, Times);

/// What a door saw.
#[derive(Clone, Debug)]
pub struct Seen<'a> {
    /// Who.
    pub who: &'a Principal,
    /// `GET`, `POST` …, or `NATS`.
    pub method: &'a str,
    /// The route, with its braces.
    pub route: &'a str,
    /// What they did.
    pub deed: Deed,
    /// Where from.
    pub address: Option<IpAddr>,
    /// With what.
    pub user_agent: Option<HeaderValue>,
}

/// Where doors note. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Trail {
    fold: Arc<Mutex<Fold<Kind, Origin>>>,
    queue: mpsc::Sender<Line>,
    clock: Clock,
}

impl Trail {
    /// A trail, and what [`Self::record`] takes from it.
    #[must_use]
    pub fn new(clock: Clock) -> (Self, Waiting) {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let trail = Self {
            fold: Arc::default(),
            queue,
            clock,
        };
        (trail, Waiting(waiting))
    }

    /// Notes what was seen. Takes no time and never fails.
    pub fn note(&self, seen: Seen<'_>) {
        let kind = Kind {
            tenant: seen.who.tenant,
            agent: seen.who.kind == PrincipalKind::Agent,
            account: seen.who.session.is_some(),
            id: seen.who.id.clone(),
            method: seen.method.to_owned(),
            route: seen.route.to_owned(),
            deed: seen.deed,
        };
        let from = Origin {
            address: seen.address,
            user_agent: seen.user_agent,
        };
        let now = self.clock.now();
        let told = self.lock().note(&kind, &from, now);
        let once = Times {
            count: 1,
            first: now,
            last: now,
        };
        match told {
            Told::Now if self.queue.try_send((kind, from, once)).is_ok() => {}
            Told::Later => {}
            Told::Now | Told::Lost => lost(1),
        }
    }

    /// Records until `stop`, and then what is left.
    pub async fn record(self, app: App, waiting: Waiting, stop: CancellationToken) {
        let Waiting(mut waiting) = waiting;
        let mut ticks = interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let over = tokio::select! {
                () = stop.cancelled() => break,
                Some(line) = waiting.recv() => vec![line],
                _ = ticks.tick() => self.lock().over(self.clock.now()),
            };
            for line in over {
                tell(&app, line).await;
            }
        }
        let rest = self.lock().rest();
        let queued = std::iter::from_fn(|| waiting.try_recv().ok());
        for line in queued.chain(rest) {
            tell(&app, line).await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Fold<Kind, Origin>> {
        self.fold.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What waits to be recorded.
#[derive(Debug)]
pub struct Waiting(mpsc::Receiver<Line>);

async fn tell(app: &App, (kind, from, times): Line) {
    if let Err(error) = record::visits(app, &kind, &from, times).await {
        tracing::warn!(%error, route = %kind.route, "what somebody did could not be put on record");
        lost(times.count);
    }
}

fn lost(count: u64) {
    metrics::counter!("pantheon_access_records_lost_total").increment(count);
}
