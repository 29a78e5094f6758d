//! Who listens to a dialect's socket.

use pantheon_events::TenantId;

use super::super::deps::{LiveDeps, Viewer};
use crate::auth::{Principal, Role};

/// Somebody who has signed in, or nobody in particular.
#[derive(Clone)]
pub enum Audience {
    /// Signed in.
    Known(Viewer),
    /// Not signed in, where the configuration admits that. Sees redacted frames.
    Anonymous(Viewer),
}

impl Audience {
    /// Nobody in particular, looking at an organisation with the least role.
    #[must_use]
    pub fn anonymous(deps: &LiveDeps, tenant: TenantId) -> Self {
        Self::Anonymous(deps.viewer(Principal::operator("anonymous", tenant, Role::Viewer)))
    }

    /// What they may see.
    #[must_use]
    pub fn viewer(&self) -> &Viewer {
        match self {
            Self::Known(viewer) | Self::Anonymous(viewer) => viewer,
        }
    }

    /// Whether names, messages and errors are kept from them.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        matches!(self, Self::Anonymous(_))
    }
}
