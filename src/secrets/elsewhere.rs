//! Hashes that were made elsewhere, by bcrypt, and the time that they take.
//!
//! A password of nobody costs one computation of Argon2id, a brought-along bcrypt hash another time. So
//! that a failure does not tell which of them it was, every failure takes as long as the slowest kind
//! of hash that this node has met.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How hashes of bcrypt begin.
const BCRYPT: [&str; 4] = ["$2a$", "$2b$", "$2x$", "$2y$"];
/// A greater cost takes longer than a sign-in may.
const COSTLIEST: u32 = 16;

pub(super) fn is_bcrypt(hash: &str) -> bool {
    BCRYPT.iter().any(|begin| hash.starts_with(begin))
}

/// Whether it can be checked here.
pub(super) fn is_known(hash: &str) -> bool {
    cost(hash).is_some_and(|cost| cost <= COSTLIEST)
}

fn cost(hash: &str) -> Option<u32> {
    let parts = hash.parse::<bcrypt::HashParts>();
    parts.ok().map(|parts| parts.get_cost())
}

/// The costliest bcrypt hash that was met, and the least time that one like it took: more than that was
/// the machine's being busy.
#[derive(Debug, Default)]
pub(super) struct Slowest(Mutex<Option<(u32, Duration)>>);

impl Slowest {
    /// Whether the password is the one behind the hash.
    pub(super) fn verify(&self, password: &str, hash: &str) -> bool {
        let begun = Instant::now();
        // bcrypt knows the first 72 bytes of a password, and so does whoever made the hash.
        let right = bcrypt::verify(password, hash).unwrap_or(false);
        if let Some(cost) = cost(hash) {
            self.note(cost, begun.elapsed());
        }
        right
    }

    fn note(&self, cost: u32, took: Duration) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *known = match *known {
            Some((costliest, least)) if costliest == cost => Some((cost, least.min(took))),
            Some(costlier) if costlier.0 > cost => Some(costlier),
            _ => Some((cost, took)),
        };
    }

    /// What a failure that took so long has to wait yet.
    pub(super) fn rest(&self, took: Duration) -> Duration {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.map_or(Duration::ZERO, |(_, slowest)| slowest.saturating_sub(took))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_waits_for_as_long_as_the_costliest_hash_takes_at_least() {
        let ms = Duration::from_millis;
        let slowest = Slowest::default();
        assert_eq!(
            slowest.rest(ms(30)),
            Duration::ZERO,
            "no such hash is known"
        );
        slowest.note(10, ms(90));
        slowest.note(10, ms(60));
        slowest.note(10, ms(900));
        slowest.note(6, ms(5));
        assert_eq!(slowest.rest(ms(20)), ms(40));
        assert_eq!(slowest.rest(ms(70)), Duration::ZERO);
        slowest.note(12, ms(240));
        assert_eq!(slowest.rest(ms(20)), ms(220));
    }
}
