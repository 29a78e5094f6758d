//! Issuing and checking tokens. A checked token is remembered, so that a request with a known one
//! costs a hash and a look-up.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use moka::sync::Cache;
use pantheon_events::{AgentId, SessionId, TenantId, UserId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::keys::TokenKeys;
use super::principal::Session;
use super::token::{self, Extra, InvalidToken};
use super::{Members, Powers, Principal, Revoked, Role};
use crate::clock::Clock;

mod sessions;

pub use self::sessions::{Away, Sessions};

const REMEMBERED: u64 = 10_000;
/// Sessions whose owner is remembered: a token of any other costs a look at its stream.
const SESSIONS: u64 = 100_000;
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
    keys: RwLock<Arc<TokenKeys>>,
    clock: Clock,
    revoked: Revoked,
    known: Cache<[u8; 32], Known>,
    alive: OnceLock<Box<Alive>>,
    members: OnceLock<Members>,
    sessions: Cache<SessionId, UserId>,
    ask_sessions: OnceLock<Box<dyn Sessions>>,
}

/// A checked token, and what its bearer may do as far as the memberships said at that time.
#[derive(Clone)]
struct Known {
    principal: Arc<Principal>,
    members: u64,
    until: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Auth").field(&self.keys()).finish()
    }
}

/// Why a token lets nobody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// It is not valid; why is nobody's business.
    #[error(transparent)]
    Invalid(#[from] InvalidToken),
    /// Nobody can say at the moment.
    #[error(transparent)]
    Away(#[from] Away),
}

/// What has become of a principal that was let in earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Still {
    /// It may do what it could.
    Same,
    /// It may do other things now.
    Changed,
    /// It may not act here any more.
    Gone,
}

impl Auth {
    /// Tokens signed and checked with these keys.
    #[must_use]
    pub fn new(keys: TokenKeys, clock: Clock, revoked: Revoked) -> Self {
        let known = Cache::new(REMEMBERED);
        Self {
            inner: Arc::new(Inner {
                keys: RwLock::new(Arc::new(keys)),
                clock,
                revoked,
                known,
                alive: OnceLock::new(),
                members: OnceLock::new(),
                sessions: Cache::new(SESSIONS),
                ask_sessions: OnceLock::new(),
            }),
        }
    }

    /// Sets what says whether the one behind a token may still act. Once, when the node is put
    /// together.
    pub fn ask_alive(&self, alive: Box<Alive>) {
        // A second call would be a mistake in the composition; the first one stays.
        let _ = self.inner.alive.set(alive);
    }

    /// Sets what says what somebody who signed in may do where. Once, when the node is put together.
    pub fn ask_members(&self, members: Members) {
        let _ = self.inner.members.set(members);
    }

    /// The keys in use.
    #[must_use]
    pub fn keys(&self) -> Arc<TokenKeys> {
        // Whoever held the lock did nothing that could leave half a value behind.
        let keys = self.inner.keys.read();
        Arc::clone(&keys.unwrap_or_else(PoisonError::into_inner))
    }

    /// Signs and checks with these keys from now on. What a key signed that is none of them is refused,
    /// on open connections too.
    pub fn replace_keys(&self, keys: TokenKeys) {
        let place = self.inner.keys.write();
        *place.unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }

    /// The memberships, as far as this node knows them.
    #[must_use]
    pub fn members(&self) -> &Members {
        self.inner.members.get_or_init(Members::default)
    }

    /// The same person as they stand in another tenant, or as they stand now. `None` = nothing there is
    /// theirs. Others than people who signed in stand where their credential says.
    #[must_use]
    pub fn standing(&self, principal: &Principal, tenant: TenantId) -> Option<Principal> {
        let (now, members) = (self.inner.clock.now(), self.members());
        match principal.session {
            None => (principal.tenant == tenant).then(|| principal.clone()),
            Some(session) => {
                let standing = members.standing(&session, tenant, now)?;
                Some(standing.apply(principal, tenant))
            }
        }
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

    /// An access token for somebody who signed in; their session is in the log.
    #[must_use]
    pub fn issue_access(&self, session: Session, tenant: TenantId, extra: Extra<'_>) -> Issued {
        self.inner.sessions.insert(session.id, session.user);
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
        let token = token::sign(&self.keys(), principal, id, now, expires_at, extra);
        Issued {
            token,
            id,
            expires_at,
        }
    }

    /// Who shows this token. What it says of a session has to be so: the session was started, and for
    /// this account.
    pub async fn verify(&self, token: &str) -> Result<Arc<Principal>, Unverified> {
        let now = self.inner.clock.now();
        let hash: [u8; 32] = Sha256::digest(token).into();
        let principal = self.known(&hash, now, token)?;
        if self.still_good(&principal, now) && self.has_session(&principal).await? {
            return Ok(principal);
        }
        self.inner.known.invalidate(&hash);
        Err(InvalidToken.into())
    }

    /// Whether a principal that was let in earlier may still act: asked again and again for long
    /// connections. A person whose permissions changed comes in anew: what is open shows what they
    /// were.
    #[must_use]
    pub fn still(&self, principal: &Principal) -> Still {
        if !self.still_good(principal, self.inner.clock.now()) {
            return Still::Gone;
        }
        if principal.session.is_none() {
            return Still::Same;
        }
        match self.standing(principal, principal.tenant) {
            None => Still::Gone,
            Some(now) if now.powers == principal.powers && now.role == principal.role => {
                Still::Same
            }
            Some(_) => Still::Changed,
        }
    }

    /// The bearer of a token: remembered as long as the memberships stay as they are.
    fn known(
        &self,
        hash: &[u8; 32],
        now: DateTime<Utc>,
        token: &str,
    ) -> Result<Arc<Principal>, InvalidToken> {
        let members = self.members().generation();
        let known = self.inner.known.get(hash);
        let fresh = |known: &Known| {
            known.principal.session.is_none()
                || (known.members == members && known.until.is_none_or(|until| now < until))
        };
        if let Some(known) = known.as_ref().filter(|known| fresh(known)) {
            return Ok(Arc::clone(&known.principal));
        }
        let shown = match known {
            Some(known) => known.principal.as_ref().clone(),
            None => token::verify(&self.keys(), token, now)?,
        };
        let (principal, until) = self.placed(shown, now);
        let principal = Arc::new(principal);
        let known = Known {
            principal: Arc::clone(&principal),
            members,
            until,
        };
        self.inner.known.insert(*hash, known);
        Ok(principal)
    }

    /// Somebody with what they hold where their token acts, and until when that is so at the most.
    fn placed(&self, shown: Principal, now: DateTime<Utc>) -> (Principal, Option<DateTime<Utc>>) {
        let Some(session) = shown.session else {
            return (shown, None);
        };
        let tenant = shown.tenant;
        match self.members().standing(&session, tenant, now) {
            Some(standing) => (standing.apply(&shown, tenant), standing.until),
            None => {
                let stranger = Principal {
                    role: None,
                    org_role: None,
                    powers: Powers::NONE,
                    ..shown
                };
                (stranger, None)
            }
        }
    }

    fn still_good(&self, principal: &Principal, now: DateTime<Utc>) -> bool {
        let leeway = chrono::TimeDelta::seconds(5);
        let keys = self.keys();
        let known = |kid: &Arc<str>| keys.verifying.contains_key(kid);
        principal.expires_at.is_none_or(|ends| now < ends + leeway)
            && principal.key.as_ref().is_none_or(known)
            && principal
                .token
                .is_none_or(|id| !self.inner.revoked.contains(id))
            && self.inner.alive.get().is_none_or(|alive| alive(principal))
    }
}

#[cfg(test)]
mod tests;
