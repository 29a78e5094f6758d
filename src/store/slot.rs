//! The aggregate cache: one slot per stream, with the state as decided so far.

use std::sync::Arc;

use tokio::sync::Mutex;

use super::Loaded;

/// What a node remembers of a stream. The state may run ahead of the log by the commands that
/// wait in the writer's queue; that is safe because each append names the sequence it was decided
/// on, and a failed one clears the slot.
pub(super) struct Slot<A> {
    pub state: Option<Loaded<A>>,
    /// Counts the clearings, so that of several failed commands only the first clears.
    pub generation: u64,
}

impl<A> Slot<A> {
    pub(super) fn clear(&mut self, generation: u64) {
        if self.generation == generation {
            self.state = None;
            self.generation += 1;
        }
    }
}

/// The slots of one kind of aggregate, bounded by count.
pub(super) struct Slots<A> {
    cache: moka::sync::Cache<Arc<str>, Arc<Mutex<Slot<A>>>>,
}

impl<A: Send + Sync + 'static> Slots<A> {
    pub(super) fn new(capacity: u64) -> Self {
        Self {
            cache: moka::sync::Cache::new(capacity),
        }
    }

    pub(super) fn of(&self, id: &Arc<str>) -> Arc<Mutex<Slot<A>>> {
        self.cache.get_with_by_ref(id, || {
            Arc::new(Mutex::new(Slot {
                state: None,
                generation: 0,
            }))
        })
    }
}
