//! Whether appends are answered.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What the writer has sent and not been answered.
#[derive(Debug, Default)]
pub struct Strain(Mutex<Option<Owed>>);

#[derive(Debug)]
struct Owed {
    since: Instant,
    why: &'static str,
}

impl Strain {
    /// Something is sent; what is owed already stays owed.
    pub fn begin(&self) {
        self.lock().get_or_insert_with(|| Owed {
            since: Instant::now(),
            why: "Postgres does not answer",
        });
    }

    /// One more try has failed.
    pub fn failed(&self, why: &'static str) {
        if let Some(owed) = self.lock().as_mut() {
            owed.why = why;
        }
    }

    /// The database has answered.
    pub fn end(&self) {
        *self.lock() = None;
    }

    /// Since when an answer is owed, and why.
    pub fn now(&self) -> Option<(Duration, &'static str)> {
        self.lock()
            .as_ref()
            .map(|owed| (owed.since.elapsed(), owed.why))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Owed>> {
        // Only plain values are moved under it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
