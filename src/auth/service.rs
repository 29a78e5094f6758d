//! Issuing and checking tokens. A checked token is remembered, so that a request with a known one
//! costs a hash and a look-up.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use moka::sync::Cache;
use pantheon_events::{AgentId, TenantId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::keys::TokenKeys;
use super::principal::Session;
use super::token::{self, Extra, InvalidToken};
use super::{Principal, Revoked, Role};
use crate::clock::Clock;

const REMEMBERED: u64 = 10_000;
/// How long an access token is good for.
pub const ACCESS_TTL: Duration = Duration::from_secs(1800);

/// Whether the one behind a token may still act (an agent is not revoked, a session lives). Asked
/// on every request, so it looks only into memory.
pub type Alive = dyn Fn(&Principal) -> bool + Send + Sync;

/// A token and what is in it.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The token.
    pub token: String,
    /// Its id, by which it is taken back.
    pub id: Uuid,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
}

/// The tokens of a node. Cheap to clone.
#[derive(Clone)]
pub struct Auth {
    inner: Arc<Inner>,
}

struct Inner {
    keys: TokenKeys,
    clock: Clock,
    revoked: Revoked,
    known: Cache<[u8; 32], Arc<Principal>>,
    alive: OnceLock<Box<Alive>>,
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Auth").field(&self.inner.keys).finish()
    }
}

impl Auth {
    /// Tokens signed and checked with these keys.
    #[must_use]
    pub fn new(keys: TokenKeys, clock: Clock, revoked: Revoked) -> Self {
        let known = Cache::new(REMEMBERED);
        Self {
            inner: Arc::new(Inner {
                keys,
                clock,
                revoked,
                known,
                alive: OnceLock::new(),
            }),
        }
    }

    /// Sets what says whether the one behind a token may still act. Once, when the node is put
    /// together.
    pub fn ask_alive(&self, alive: Box<Alive>) {
        // A second call would be a mistake in the composition; the first one stays.
        let _ = self.inner.alive.set(alive);
    }

    /// The tokens that were taken back.
    #[must_use]
    pub fn revoked(&self) -> &Revoked {
        &self.inner.revoked
    }

    /// A token for an operator. `ttl` is cut to whole seconds.
    pub fn issue_operator(
        &self,
        subject: &str,
        tenant: TenantId,
        role: Role,
        ttl: Duration,
    ) -> Issued {
        let principal = Principal::operator(subject, tenant, role);
        self.issue(&principal, ttl, Extra::default())
    }

    /// An access token for somebody who signed in.
    #[must_use]
    pub fn issue_access(&self, session: Session, tenant: TenantId, extra: Extra<'_>) -> Issued {
        self.issue(&Principal::user(session, tenant), ACCESS_TTL, extra)
    }

    /// A token with which an agent calls HTTP as itself.
    #[must_use]
    pub fn issue_agent(&self, agent: AgentId, tenant: TenantId, ttl: Duration) -> Issued {
        self.issue(&Principal::agent(agent, tenant), ttl, Extra::default())
    }

    fn issue(&self, principal: &Principal, ttl: Duration, extra: Extra<'_>) -> Issued {
        let now = self.inner.clock.now();
        let ttl = chrono::TimeDelta::from_std(ttl).unwrap_or(chrono::TimeDelta::days(3650));
        let (id, expires_at) = (Uuid::now_v7(), now + ttl);
        let token = token::sign(&self.inner.keys, principal, id, now, expires_at, extra);
        Issued {
            token,
            id,
            expires_at,
        }
    }

    /// Who shows this token.
    pub fn verify(&self, token: &str) -> Result<Arc<Principal>, InvalidToken> {
        let now = self.inner.clock.now();
        let hash: [u8; 32] = Sha256::digest(token).into();
        let principal = match self.inner.known.get(&hash) {
            Some(known) => known,
            None => {
                let principal = Arc::new(token::verify(&self.inner.keys, token, now)?);
                self.inner.known.insert(hash, Arc::clone(&principal));
                principal
            }
        };
        if self.still_good(&principal, now) {
            return Ok(principal);
        }
        self.inner.known.invalidate(&hash);
        Err(InvalidToken)
    }

    /// Whether a principal that was let in earlier may still act: asked again and again for long
    /// connections.
    #[must_use]
    pub fn still(&self, principal: &Principal) -> bool {
        self.still_good(principal, self.inner.clock.now())
    }

    fn still_good(&self, principal: &Principal, now: DateTime<Utc>) -> bool {
        let leeway = chrono::TimeDelta::seconds(5);
        principal.expires_at.is_none_or(|ends| now < ends + leeway)
            && principal
                .token
                .is_none_or(|id| !self.inner.revoked.contains(id))
            && self.inner.alive.get().is_none_or(|alive| alive(principal))
    }
}

#[cfg(test)]
mod tests;
