//! Which agents may speak, known in memory on every node.
//!
//! Shape: read once from the read model, then kept by following the log. Ordering: log order.
//! Delivery: at least once; a fact may be applied twice. On failure: the follower tries again; a
//! key that memory does not know is looked up in the read model.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use pantheon_events::{AgentId, TenantId};
use uuid::Uuid;

use super::{Principal, PrincipalKind};

/// The agents of a log. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Agents {
    known: Arc<RwLock<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    by_key: HashMap<String, Member>,
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

impl Agents {
    /// The agent that this public key belongs to.
    #[must_use]
    pub fn by_key(&self, public_key: &str) -> Option<Member> {
        self.read(|known| known.by_key.get(public_key).cloned())
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

    /// An agent got a key.
    pub fn enrolled(&self, id: AgentId, tenant: TenantId, public_key: &str) {
        self.write(|known| {
            let member = Member { id, tenant };
            known.by_key.entry(public_key.to_owned()).or_insert(member);
        });
    }

    /// An agent lost its key.
    pub fn revoked(&self, id: &AgentId, at: DateTime<Utc>) {
        self.write(|known| {
            known.by_key.retain(|_, member| member.id != *id);
            known.revoked.insert(id.to_string(), at);
        });
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
        assert_eq!(agents.by_key(KEY).map(|member| member.id), Some(codegen()));
        agents.revoked(&codegen(), now());
        assert_eq!(agents.by_key(KEY), None);
    }

    #[test]
    fn a_key_that_two_agents_claim_stays_with_the_first() {
        let agents = Agents::default();
        let tenant = TenantId::default_organization();
        agents.enrolled(codegen(), tenant, KEY);
        agents.enrolled("review".parse().expect("an id"), tenant, KEY);
        assert_eq!(agents.by_key(KEY).map(|member| member.id), Some(codegen()));
    }

    #[test]
    fn a_token_counts_unless_its_agent_was_revoked_after_it_was_made() {
        let agents = Agents::default();
        let token = with_token();
        assert!(agents.alive(&token));
        agents.revoked(&codegen(), now() + chrono::TimeDelta::seconds(1));
        assert!(!agents.alive(&token));
        agents.revoked(&codegen(), now() - chrono::TimeDelta::seconds(1));
        assert!(agents.alive(&token));
    }
}
