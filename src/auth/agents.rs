//! Which agents may speak, known in memory on every node.
//!
//! Shape: read once from the log's own enrolments and revocations, then kept by following the log; no
//! read model has a say. Ordering: log order. Delivery: at least once; a fact may be applied twice. On
//! failure: the follower tries again; until memory has reached the log once, nobody is known.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use pantheon_events::{AgentId, Position, TenantId};
use tokio::sync::watch;
use uuid::Uuid;

use super::{Principal, PrincipalKind};

/// The agents of a log. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Agents {
    known: Arc<RwLock<Known>>,
    followed: Arc<watch::Sender<Option<Position>>>,
    revocations: Arc<watch::Sender<u64>>,
}

#[derive(Debug, Default)]
struct Known {
    by_key: HashMap<String, Member>,
    keys: HashMap<AgentId, String>,
    /// When a key of an agent was last taken away: credentials from before count no more.
    revoked: HashMap<String, DateTime<Utc>>,
}

/// An agent that may speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its id.
    pub id: AgentId,
    /// Whose it is.
    pub tenant: TenantId,
}

impl Default for Agents {
    fn default() -> Self {
        Self {
            known: Arc::default(),
            followed: Arc::new(watch::Sender::new(None)),
            revocations: Arc::new(watch::Sender::new(0)),
        }
    }
}

impl Agents {
    /// The agent that this public key belongs to.
    #[must_use]
    pub fn by_key(&self, public_key: &str) -> Option<Member> {
        self.read(|known| known.by_key.get(public_key).cloned())
    }

    /// The agent with this id, if it has a key.
    #[must_use]
    pub fn by_id(&self, id: &AgentId) -> Option<Member> {
        self.read(|known| known.by_key.get(known.keys.get(id)?).cloned())
    }

    /// Whether the one behind a token may still act: an agent's token counts unless a key of that
    /// agent was taken away after the token was made.
    #[must_use]
    pub fn alive(&self, principal: &Principal) -> bool {
        if principal.kind != PrincipalKind::Agent {
            return true;
        }
        let revoked = self.read(|known| known.revoked.get(&principal.id).copied());
        match (revoked, principal.token.and_then(made_at)) {
            (None, _) => true,
            // A token's time is kept to the millisecond.
            (Some(revoked), Some(made)) => made.timestamp_millis() >= revoked.timestamp_millis(),
            (Some(_), None) => false,
        }
    }

    /// How far the log was followed; `None` = nobody is known yet.
    #[must_use]
    pub fn followed(&self) -> Option<Position> {
        *self.followed.borrow()
    }

    /// Changes whenever [`followed`](Self::followed) does.
    #[must_use]
    pub fn watch_followed(&self) -> watch::Receiver<Option<Position>> {
        self.followed.subscribe()
    }

    /// Changes whenever somebody may no longer speak.
    #[must_use]
    pub fn watch_revocations(&self) -> watch::Receiver<u64> {
        self.revocations.subscribe()
    }

    /// Everything up to here is known.
    pub fn reached(&self, position: Position) {
        self.followed.send_replace(Some(position));
    }

    /// An agent got a key. One that somebody else has already stays theirs.
    pub fn enrolled(&self, id: AgentId, tenant: TenantId, public_key: &str) {
        self.write(|known| {
            let taken = known.by_key.get(public_key);
            if taken.is_some_and(|member| member.id != id) {
                return;
            }
            if let Some(older) = known.keys.insert(id.clone(), public_key.to_owned()) {
                known.by_key.remove(&older);
            }
            let member = Member { id, tenant };
            known.by_key.insert(public_key.to_owned(), member);
        });
    }

    /// An agent lost its key.
    pub fn revoked(&self, id: &AgentId, at: DateTime<Utc>) {
        self.write(|known| {
            if let Some(key) = known.keys.remove(id) {
                known.by_key.remove(&key);
            }
            let last = known.revoked.entry(id.to_string()).or_insert(at);
            *last = at.max(*last);
        });
        self.revocations.send_modify(|count| *count += 1);
    }

    fn read<T>(&self, ask: impl FnOnce(&Known) -> T) -> T {
        ask(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.known.write().unwrap_or_else(PoisonError::into_inner));
    }
}

/// When a token was made: its id is a time-ordered UUID.
fn made_at(token: Uuid) -> Option<DateTime<Utc>> {
    let (seconds, nanos) = token.get_timestamp()?.to_unix();
    DateTime::from_timestamp(seconds.try_into().ok()?, nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "UKEY";

    fn now() -> DateTime<Utc> {
        crate::clock::Clock::system().now()
    }

    fn codegen() -> AgentId {
        "codegen".parse().expect("a valid agent id")
    }

    fn with_token() -> Principal {
        Principal {
            token: Some(Uuid::now_v7()),
            ..Principal::agent(codegen(), TenantId::default_organization())
        }
    }

    #[test]
    fn a_key_belongs_to_its_agent_until_it_is_revoked() {
        let agents = Agents::default();
        let tenant = TenantId::default_organization();
        agents.enrolled(codegen(), tenant, KEY);
        let member = Some(Member {
            id: codegen(),
            tenant,
        });
        assert_eq!(agents.by_key(KEY), member);
        assert_eq!(agents.by_id(&codegen()), member);
        agents.revoked(&codegen(), now());
        assert_eq!(agents.by_key(KEY), None);
        assert_eq!(agents.by_id(&codegen()), None);
    }

    #[test]
    fn a_key_that_two_agents_claim_stays_with_the_first() {
        let agents = Agents::default();
        let tenant = TenantId::default_organization();
        let review: AgentId = "review".parse().expect("an id");
        agents.enrolled(codegen(), tenant, KEY);
        agents.enrolled(review.clone(), tenant, KEY);
        assert_eq!(agents.by_key(KEY).map(|member| member.id), Some(codegen()));
        assert_eq!(agents.by_id(&review), None);
    }

    #[test]
    fn a_token_counts_unless_its_agent_was_revoked_after_it_was_made() {
        let agents = Agents::default();
        let token = with_token();
        assert!(agents.alive(&token));
        agents.revoked(&codegen(), now() - chrono::TimeDelta::seconds(1));
        assert!(agents.alive(&token));
        agents.revoked(&codegen(), now() + chrono::TimeDelta::seconds(1));
        assert!(!agents.alive(&token));
        agents.revoked(&codegen(), now() - chrono::TimeDelta::seconds(1));
        assert!(
            !agents.alive(&token),
            "an older revocation takes nothing back"
        );
    }
}
