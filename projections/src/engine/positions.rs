//! Where this process's projections stand, for those who wait.

use std::collections::HashMap;
use std::sync::Arc;

use pantheon_events::Position;
use tokio::sync::watch;

/// A position per projection that this process runs; `None` = not known at the moment. Cheap to
/// clone.
#[derive(Clone, Debug, Default)]
pub struct Positions(Arc<HashMap<&'static str, watch::Sender<Option<Position>>>>);

impl Positions {
    pub(super) fn of(names: impl IntoIterator<Item = &'static str>) -> Self {
        Self(Arc::new(
            names
                .into_iter()
                .map(|name| (name, watch::Sender::new(None)))
                .collect(),
        ))
    }

    /// Where the projection stands, if this process runs it.
    #[must_use]
    pub fn get(&self, projection: &str) -> Option<Position> {
        self.0.get(projection).and_then(|sender| *sender.borrow())
    }

    /// Follows the projection's position.
    #[must_use]
    pub fn subscribe(&self, projection: &str) -> Option<watch::Receiver<Option<Position>>> {
        self.0.get(projection).map(watch::Sender::subscribe)
    }

    pub(super) fn publish(&self, projection: &str, position: Option<Position>) {
        if let Some(sender) = self.0.get(projection) {
            sender.send_if_modified(|now| std::mem::replace(now, position) != position);
        }
    }
}
