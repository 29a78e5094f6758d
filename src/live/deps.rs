//! What the live doors are built from.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRef;
use chrono::{DateTime, Utc};
use pantheon_log::Log;
use pantheon_projections::Reads;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::close::Close;
use super::dialect::{Fleet, ReadModels};
use super::eyes::Eyes;
use super::owners::Owners;
use super::visibility::Visibility;
use crate::app::App;
use crate::auth::{Auth, Principal, Still, Tickets, Unverified};
use crate::clock::Clock;
use crate::config::{Config, WsAnonymous};
use crate::lifecycle::{Lifecycle, Phase};
use crate::secrets::Personal;

/// A future behind a trait object.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Limits and times of the live stream.
#[derive(Clone, Debug)]
pub struct LiveConfig {
    /// How long a client may take to say who it is.
    pub init_timeout: Duration,
    /// Between two pings.
    pub ping_every: Duration,
    /// For the answer to a ping.
    pub pong_within: Duration,
    /// A socket that takes no bytes for this long is closed.
    pub stall: Duration,
    /// About what a frame costs, with some to spare: events that commit within so long of the last
    /// frame, times the open connections, travel in one frame.
    pub linger_each: Duration,
    /// But within no longer than this.
    pub linger_most: Duration,
    /// Between two heartbeats of dialect C.
    pub console_heartbeat: Duration,
    /// Who may open a dialect's socket without signing in.
    pub anonymous: WsAnonymous,
}

impl Default for LiveConfig {
    fn default() -> Self {
        Self {
            init_timeout: Duration::from_secs(5),
            ping_every: Duration::from_secs(20),
            pong_within: Duration::from_secs(10),
            stall: Duration::from_secs(30),
            linger_each: Duration::from_micros(10),
            linger_most: Duration::from_millis(10),
            console_heartbeat: Duration::from_secs(30),
            anonymous: WsAnonymous::Off,
        }
    }
}

/// Everything a live door needs. Cheap to clone.
#[derive(Clone)]
pub struct LiveDeps {
    /// The log.
    pub log: Log,
    /// Who created what, for permissions that reach only one's own.
    pub owners: Owners,
    /// Verifies tokens: the same check as in front of every HTTP route.
    pub auth: Auth,
    /// Single-use tickets.
    pub tickets: Tickets,
    /// What the first frame of the systems' dialects is made of.
    pub fleet: Arc<dyn Fleet>,
    /// Limits and times.
    pub config: Arc<LiveConfig>,
    /// The node's clock.
    pub clock: Clock,
    /// When the node was put together.
    pub began: DateTime<Utc>,
    /// The node is stopping.
    pub stop: CancellationToken,
    /// Open sockets: each says goodbye before the node goes on with its end.
    pub tracker: TaskTracker,
}

impl FromRef<App> for LiveDeps {
    fn from_ref(app: &App) -> Self {
        app.live.clone()
    }
}

impl LiveDeps {
    /// The live doors of a node. Their connections end when it takes no more requests.
    #[must_use]
    pub fn new(
        log: &Log,
        reads: &Reads,
        personal: &Personal,
        auth: &Auth,
        clock: &Clock,
        settings: &Config,
        lifecycle: &Lifecycle,
    ) -> Self {
        let config = LiveConfig {
            anonymous: settings.ws_anonymous.clone(),
            ..LiveConfig::default()
        };
        let fleet = ReadModels {
            reads: reads.clone(),
            personal: personal.clone(),
            clock: clock.clone(),
            node_counts_for: settings.node_counts_for(),
        };
        Self {
            log: log.clone(),
            owners: Owners::new(log.clone()),
            auth: auth.clone(),
            tickets: Tickets::new(log.pool().clone()),
            fleet: Arc::new(fleet),
            config: Arc::new(config),
            clock: clock.clone(),
            began: clock.now(),
            stop: lifecycle.stop(Phase::Intake),
            tracker: lifecycle.tracker(Phase::Live),
        }
    }

    /// What somebody may see of the log.
    #[must_use]
    pub fn viewer(&self, principal: Principal) -> Viewer {
        let eyes = Arc::new(Eyes::of(&principal, self.owners.clone()));
        Viewer {
            principal: Arc::new(principal),
            eyes,
        }
    }

    /// Who the token speaks for, with what they may see.
    pub async fn admit(&self, token: &str) -> Result<Viewer, Unverified> {
        let principal = self.auth.verify(token).await?;
        Ok(self.viewer(principal.as_ref().clone()))
    }

    /// How long after a frame the next one waits for company: few clients hear of everything at once,
    /// and for many the frames never take more than about half of a processor.
    #[must_use]
    pub fn linger(&self) -> Duration {
        let open = u32::try_from(self.tracker.len()).unwrap_or(u32::MAX);
        let all = self.config.linger_each.saturating_mul(open);
        all.min(self.config.linger_most)
    }

    /// Whether an open connection may go on; the error is the close code.
    pub fn confirm(&self, viewer: &Viewer) -> Result<(), Close> {
        if viewer
            .principal
            .expires_at
            .is_some_and(|end| end <= self.clock.now())
        {
            return Err(Close::TokenExpired);
        }
        match self.auth.still(&viewer.principal) {
            Still::Same => Ok(()),
            Still::Changed => Err(Close::RightsChanged),
            Still::Gone => Err(Close::Forbidden),
        }
    }
}

/// Somebody who looks at the log.
#[derive(Clone)]
pub struct Viewer {
    /// Who.
    pub principal: Arc<Principal>,
    eyes: Arc<dyn Visibility>,
}

impl Viewer {
    /// What they may see.
    #[must_use]
    pub fn eyes(&self) -> Arc<dyn Visibility> {
        Arc::clone(&self.eyes)
    }

    /// Whether a fresh token speaks for the same somebody in the same place.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let (a, b) = (&self.principal, &other.principal);
        (a.kind, &a.id, a.tenant) == (b.kind, &b.id, b.tenant)
    }
}
