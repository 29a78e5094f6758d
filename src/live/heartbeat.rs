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

    /// Whether the answer is overdue. A client that still takes bytes has the ping behind them,
    /// so the time counts from the last byte that went out.
    #[must_use]
    pub fn is_lost(&self, now: Instant, wrote: Instant) -> bool {
        self.heard < self.pinged && now >= self.pinged.max(wrote) + self.answer_within
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
        assert!(!heartbeat.is_lost(at(29), at(20)));
        assert!(heartbeat.is_lost(at(30), at(20)));
        assert!(
            !heartbeat.is_lost(at(30), at(25)),
            "it is still taking what came before the ping"
        );
        heartbeat.heard(at(29));
        assert!(!heartbeat.is_lost(at(35), at(20)));
    }
}
