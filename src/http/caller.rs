//! The authenticated caller, as the guard in front of the route left it on the request.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use pantheon_events::TenantId;

use super::Problem;
use crate::auth::{Denial, Grant, Need, Principal, PrincipalKind, may};

/// Who calls, in which tenant, and how far the route's permission reaches.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub principal: Arc<Principal>,
    /// Where the request acts: the credential's tenant.
    pub tenant: TenantId,
    /// How far the route's permission reaches: everything, or only what is the caller's own.
    pub grant: Grant,
}

impl Caller {
    /// Whether the caller also fulfils another need (for answers that show more to some).
    pub fn may(&self, need: Need, subject: Option<&str>) -> Result<Grant, Denial> {
        may(Some(&self.principal), need, subject)
    }

    /// The id that "own" is held against, when the route reaches only that far. Agents are held
    /// to their own by the aggregates' rules.
    #[must_use]
    pub fn only_own(&self) -> Option<&str> {
        match (self.grant, self.principal.kind) {
            (Grant::Own, PrincipalKind::Operator | PrincipalKind::User) => Some(&self.principal.id),
            _ => None,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(Problem::unauthenticated)
    }
}

/// The caller of a public route, if one has signed in.
#[derive(Clone, Debug)]
pub struct MaybeCaller(pub Option<Caller>);

impl<S: Sync> FromRequestParts<S> for MaybeCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self(parts.extensions.get::<Caller>().cloned()))
    }
}
