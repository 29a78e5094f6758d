//! Time as a test lets it pass.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::TimeDelta;
use pantheon::clock::Clock;

/// How far a world's nodes are ahead of the machine's clock. Cheap to clone.
#[derive(Clone, Default)]
pub struct Time(Arc<AtomicI64>);

impl Time {
    /// A clock that goes with it.
    pub fn clock(&self) -> Clock {
        let ahead = Arc::clone(&self.0);
        Clock::from_fn(move || {
            Clock::system().now() + TimeDelta::seconds(ahead.load(Ordering::Relaxed))
        })
    }

    /// Lets so many seconds pass at once.
    pub fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}
