//! Which access tokens were taken back, known in memory on every node.
//!
//! Shape: read once from the read models, then kept by following the log. Ordering: log order.
//! Delivery: at least once; a fact may be applied twice. On failure: the follower tries again, and
//! what is known stays in force.
//!
//! A token says where the log's head was when it was made. A fact at a later position takes it
//! back, whatever the clocks of the nodes say.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, TimeDelta, Utc};
use pantheon_events::{Position, SessionId, UserId};

use super::Principal;

/// Access tokens live half an hour: a session that ended longer ago has none.
const REMEMBERED: TimeDelta = TimeDelta::hours(2);

/// What is known of accounts and sessions. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    known: Arc<RwLock<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    accounts: HashMap<UserId, Account>,
    ended: HashMap<SessionId, DateTime<Utc>>,
}

/// What takes an account's tokens back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Whether it is shut out.
    pub inactive: bool,
    /// Tokens from before this position count no more.
    pub tokens_after: Option<Position>,
    /// The same after a change of the password, but for one session.
    pub password: Option<(Position, Option<SessionId>)>,
}

impl Accounts {
    /// Whether the one behind a token may still act.
    #[must_use]
    pub fn alive(&self, principal: &Principal) -> bool {
        let Some(session) = principal.session else {
            return true;
        };
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if known.ended.contains_key(&session.id) {
            return false;
        }
        let Some(account) = known.accounts.get(&session.user) else {
            return true;
        };
        let before = |position: Position| session.known < position;
        let password = account
            .password
            .is_some_and(|(at, keeps)| before(at) && keeps != Some(session.id));
        !(account.inactive || password || account.tokens_after.is_some_and(before))
    }

    /// Whether an account is shut out.
    #[must_use]
    pub fn is_inactive(&self, user: UserId) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known
            .accounts
            .get(&user)
            .is_some_and(|account| account.inactive)
    }

    /// A session ended.
    pub fn ended(&self, session: SessionId, at: DateTime<Utc>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.ended.retain(|_, ended| at - *ended < REMEMBERED);
        known.ended.insert(session, at);
    }

    /// Something happened to an account.
    pub fn change(&self, user: UserId, change: impl FnOnce(&mut Account)) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        change(known.accounts.entry(user).or_default());
    }
}

#[cfg(test)]
mod tests {
    use pantheon_events::TenantId;
    use uuid::Uuid;

    use super::super::{Role, Session};
    use super::*;

    fn session(n: u128) -> SessionId {
        SessionId::new(Uuid::from_u128(n))
    }

    fn token(session_id: u128, known: i64) -> Principal {
        let session = Session {
            id: session(session_id),
            user: UserId::new(Uuid::from_u128(1)),
            role: Role::Viewer,
            known: Position::new(known),
        };
        Principal::user(session, TenantId::default_organization())
    }

    #[test]
    fn a_changed_role_takes_back_what_was_made_before_it() {
        let accounts = Accounts::default();
        assert!(accounts.alive(&token(7, 10)));
        accounts.change(UserId::new(Uuid::from_u128(1)), |account| {
            account.tokens_after = Some(Position::new(11));
        });
        assert!(!accounts.alive(&token(7, 10)));
        assert!(accounts.alive(&token(7, 11)));
    }

    #[test]
    fn a_changed_password_spares_the_session_that_changed_it() {
        let accounts = Accounts::default();
        accounts.change(UserId::new(Uuid::from_u128(1)), |account| {
            account.password = Some((Position::new(11), Some(session(7))));
        });
        assert!(accounts.alive(&token(7, 10)));
        assert!(!accounts.alive(&token(8, 10)));
        assert!(accounts.alive(&token(8, 11)));
    }

    #[test]
    fn an_ended_session_and_a_closed_account_are_refused_whatever_their_tokens_say() {
        let accounts = Accounts::default();
        accounts.ended(session(7), DateTime::UNIX_EPOCH);
        assert!(!accounts.alive(&token(7, 99)));
        assert!(accounts.alive(&token(8, 99)));
        accounts.change(UserId::new(Uuid::from_u128(1)), |account| {
            account.inactive = true;
        });
        assert!(!accounts.alive(&token(8, 99)));
    }
}
