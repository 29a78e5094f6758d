//! What a simulation counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;
use std::sync::Mutex;

/// The longest time that is told from longer ones: ten minutes, in microseconds.
const LONGEST: u64 = 600_000_000;

/// Counts while agents run. Cheap to clone.
#[derive(Clone)]
pub struct Tally(Arc<Counts>);

struct Counts {
    sent: AtomicU64,
    acknowledged: AtomicU64,
    refused: AtomicU64,
    lost: AtomicU64,
    completed: AtomicU64,
    failed: AtomicU64,
    latency: Mutex<Histogram<u64>>,
}

/// The end of a simulation, in numbers.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Requests, repeats included.
    pub sent: u64,
    /// Requests that were answered after their commit.
    pub acknowledged: u64,
    /// Requests that a rule refused.
    pub refused: u64,
    /// Commands that never got an answer.
    pub lost: u64,
    /// Tasks that were completed.
    pub tasks_completed: u64,
    /// Attempts at tasks that failed.
    pub tasks_failed: u64,
    /// Milliseconds from request to answer.
    pub latency_ms: Latency,
}

/// Percentiles in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Latency {
    /// Half of the answers came within.
    pub p50: f64,
    /// 95 % came within.
    pub p95: f64,
    /// 99 % came within.
    pub p99: f64,
    /// The slowest.
    pub max: f64,
}

impl Default for Tally {
    fn default() -> Self {
        let latency = Histogram::new_with_bounds(1, LONGEST, 3);
        let latency = latency.expect("these bounds and three digits are valid");
        Self(Arc::new(Counts {
            sent: AtomicU64::new(0),
            acknowledged: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            completed: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            latency: Mutex::new(latency),
        }))
    }
}

impl Tally {
    pub(super) fn sent(&self) {
        self.0.sent.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn acknowledged(&self, took: Duration) {
        self.0.acknowledged.fetch_add(1, Ordering::Relaxed);
        if let Ok(mut latency) = self.0.latency.lock() {
            let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
            latency.saturating_record(micros);
        }
    }

    pub(super) fn refused(&self) {
        self.0.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn lost(&self) {
        self.0.lost.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn completed(&self) {
        self.0.completed.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn failed(&self) {
        self.0.failed.fetch_add(1, Ordering::Relaxed);
    }

    /// The numbers so far.
    #[must_use]
    pub fn report(&self) -> Report {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let at = |quantile: f64| {
            let micros = self
                .0
                .latency
                .lock()
                .map_or(0, |h| h.value_at_quantile(quantile));
            Duration::from_micros(micros).as_secs_f64() * 1000.0
        };
        Report {
            sent: of(&self.0.sent),
            acknowledged: of(&self.0.acknowledged),
            refused: of(&self.0.refused),
            lost: of(&self.0.lost),
            tasks_completed: of(&self.0.completed),
            tasks_failed: of(&self.0.failed),
            latency_ms: Latency {
                p50: at(0.5),
                p95: at(0.95),
                p99: at(0.99),
                max: at(1.0),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_times_that_were_taken() {
        let tally = Tally::default();
        for millis in 1..=100 {
            tally.acknowledged(Duration::from_millis(millis));
        }
        let report = tally.report();
        assert_eq!(report.acknowledged, 100);
        for (found, expected) in [
            (report.latency_ms.p50, 50.0),
            (report.latency_ms.p95, 95.0),
            (report.latency_ms.p99, 99.0),
            (report.latency_ms.max, 100.0),
        ] {
            assert!((found - expected).abs() < 0.5, "{found} is not {expected}");
        }
    }
}
