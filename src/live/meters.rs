//! What is measured about the live stream.

use chrono::{DateTime, Utc};
use pantheon_events::RecordedEvent;

/// Counts something as open until it is dropped.
#[derive(Debug)]
pub struct Gauge(&'static str);

impl Gauge {
    fn open(name: &'static str) -> Self {
        metrics::gauge!(name).increment(1.0);
        Self(name)
    }
}

impl Drop for Gauge {
    fn drop(&mut self) {
        metrics::gauge!(self.0).decrement(1.0);
    }
}

/// A subscription is open.
#[must_use]
pub fn subscription() -> Gauge {
    Gauge::open("pantheon_live_subscriptions")
}

/// A connection is open.
#[must_use]
pub fn connection() -> Gauge {
    Gauge::open("pantheon_live_connections")
}

/// Events went to a client now; `oldest` is the first of them.
pub fn delivered(oldest: &RecordedEvent, events: usize, now: DateTime<Utc>) {
    metrics::counter!("pantheon_live_events_total").increment(events as u64);
    let age = now.signed_duration_since(oldest.recorded_at);
    // The database's clock may be ahead of ours by a little.
    let seconds = age.to_std().unwrap_or_default().as_secs_f64();
    metrics::histogram!("live_delivery_seconds").record(seconds);
}
