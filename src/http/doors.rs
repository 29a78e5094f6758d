//! What the layers around every route share.

use std::ops::Deref;
use std::sync::Arc;

use metrics_exporter_prometheus::PrometheusHandle;

use super::health::Probe;
use super::limits::Limits;
use crate::audit::Trail;
use crate::auth::Auth;
use crate::config::{Config, Networks, Origins};

/// The shared parts of the HTTP doors. Cheap to clone.
#[derive(Clone)]
pub struct Doors(Arc<DoorParts>);

/// The parts themselves.
pub struct DoorParts {
    /// Checks tokens.
    pub auth: Auth,
    /// The browsers' origins that may call.
    pub origins: Origins,
    /// Whose forwarding headers are believed.
    pub proxies: Networks,
    /// How much each caller may ask.
    pub limits: Limits,
    /// Says how the node is.
    pub probe: Arc<dyn Probe>,
    /// Renders `/metrics`.
    pub metrics: Option<PrometheusHandle>,
    /// Where refusals and exports are noted.
    pub trail: Option<Trail>,
    /// Whether commands are refused.
    pub queries_only: bool,
}

impl Doors {
    /// The doors of a node with these settings.
    #[must_use]
    pub fn new(
        config: &Config,
        auth: Auth,
        probe: Arc<dyn Probe>,
        metrics: Option<PrometheusHandle>,
    ) -> Self {
        Self(Arc::new(DoorParts {
            auth,
            origins: config.cors_origins.clone(),
            proxies: config.trusted_proxies.clone(),
            limits: Limits::new(config),
            probe,
            metrics,
            trail: None,
            queries_only: false,
        }))
    }

    /// The same doors for queries alone. Before they are shared.
    #[must_use]
    pub fn only_queries(self) -> Self {
        self.but(|parts| parts.queries_only = true)
    }

    /// The same doors, with what they see noted on a trail. Before they are shared.
    #[must_use]
    pub fn noting(self, trail: Trail) -> Self {
        self.but(|parts| parts.trail = Some(trail))
    }

    fn but(self, change: impl FnOnce(&mut DoorParts)) -> Self {
        let parts = Arc::into_inner(self.0);
        let mut parts = parts.expect("doors that are just put together are nobody else's");
        change(&mut parts);
        Self(Arc::new(parts))
    }
}

impl Deref for Doors {
    type Target = DoorParts;

    fn deref(&self) -> &DoorParts {
        &self.0
    }
}
