//! The pulse of a connection: a ping every 20 s, an answer within 10 s.

use std::time::{Duration, Instant};

use super::deps::LiveConfig;

/// When to ping and when to give up.
#[derive(Debug)]
pub struct Heartbeat {
    every: Duration,
    answer_within: Duration,
    pinged: Instant,
    heard: Instant,
}

impl Heartbeat {
    /// A connection that has just been heard.
    #[must_use]
    pub fn new(config: &LiveConfig) -> Self {
        let now = Instant::now();
        Self {
            every: config.ping_every,
            answer_within: config.pong_within,
            pinged: now,
            heard: now,
        }
    }

    /// The interval, in milliseconds.
    #[must_use]
    pub fn every_ms(&self) -> u64 {
        u64::try_from(self.every.as_millis()).unwrap_or(u64::MAX)
    }

    /// Something came from the client.
    pub fn heard(&mut self, now: Instant) {
        self.heard = now;
    }

    /// Whether a ping is to be sent now; it counts as sent.
    pub fn is_due(&mut self, now: Instant) -> bool {
        let due = now >= self.pinged + self.every;
        if due {
            self.pinged = now;
        }
        due
    }

    /// Whether the answer is overdue. A slow client that still takes bytes (`slow` of the time since
    /// it was last heard) has the ping behind them, so the time counts from the last byte that went
    /// out. That the socket takes what is written says nothing: it would for a client that is gone.
    #[must_use]
    pub fn is_lost(&self, now: Instant, slow: impl FnOnce(Instant) -> Option<Instant>) -> bool {
        let overdue = |from: Instant| now >= from + self.answer_within;
        self.heard < self.pinged
            && overdue(self.pinged)
            && slow(self.heard).is_none_or(|took| overdue(took.max(self.pinged)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ping_without_an_answer_is_noticed_and_an_answer_forgives() {
        let mut heartbeat = Heartbeat::new(&LiveConfig::default());
        let start = heartbeat.pinged;
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(!heartbeat.is_due(at(19)));
        assert!(heartbeat.is_due(at(20)));
        assert!(!heartbeat.is_due(at(21)));
        assert!(!heartbeat.is_lost(at(29), |_| None));
        assert!(heartbeat.is_lost(at(30), |_| None));
        assert!(
            !heartbeat.is_lost(at(30), |_| Some(at(25))),
            "it is still taking what came before the ping"
        );
        assert!(heartbeat.is_lost(at(35), |_| Some(at(25))));
        heartbeat.heard(at(29));
        assert!(!heartbeat.is_lost(at(35), |_| None));
    }
}
