//! Where this process's projections stand, for those who wait, and since when their rows are the
//! same, for those who poll.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pantheon_events::{Position, TenantId};
use tokio::sync::watch;

/// Tenants that are remembered one by one.
const TENANTS: usize = 10_000;

/// A position per projection that this process runs; `None` = not known at the moment. Cheap to
/// clone.
#[derive(Clone, Debug, Default)]
pub struct Positions(Arc<HashMap<&'static str, Place>>);

#[derive(Debug)]
struct Place {
    reached: watch::Sender<Option<Position>>,
    /// The furthest position that was ever given out.
    furthest: AtomicI64,
    /// The last position that somebody knows the rows to have: they waited for it.
    told: AtomicI64,
    changes: Mutex<Changes>,
}

/// The last event that was applied for each tenant.
#[derive(Clone, Debug, Default)]
struct Changes {
    /// That of every tenant which is not in the map, or a later one.
    others: Position,
    tenants: HashMap<TenantId, Position>,
    /// The last of them all, or a later one.
    newest: Position,
}

/// The last events that a batch applied, by tenant.
pub(super) type Touched = HashMap<TenantId, Position>;

impl Positions {
    pub(super) fn of(names: impl IntoIterator<Item = &'static str>) -> Self {
        let place = |name| {
            let place = Place {
                reached: watch::Sender::new(None),
                furthest: AtomicI64::new(0),
                told: AtomicI64::new(0),
                changes: Mutex::default(),
            };
            (name, place)
        };
        Self(Arc::new(names.into_iter().map(place).collect()))
    }

    /// Where the projection stands, if this process runs it.
    #[must_use]
    pub fn get(&self, projection: &str) -> Option<Position> {
        self.0
            .get(projection)
            .and_then(|place| *place.reached.borrow())
    }

    /// The rows of this tenant have been the same since this position. Ask for the projection's
    /// position first: rows of that position and of this one are then equal.
    #[must_use]
    pub fn unchanged_since(&self, projection: &str, tenant: TenantId) -> Option<Position> {
        let changes = self.0.get(projection)?.changes();
        let known = changes.tenants.get(&tenant).copied();
        Some(known.unwrap_or(changes.others))
    }

    /// The last position that somebody has waited for: answers from now on show it.
    #[must_use]
    pub fn told(&self, projection: &str) -> Option<Position> {
        let place = self.0.get(projection)?;
        Some(Position::new(place.told.load(Ordering::Acquire)))
    }

    /// Somebody has waited for this position, and is told that it is there.
    pub(crate) fn tell(&self, projection: &str, position: Position) {
        if let Some(place) = self.0.get(projection) {
            place.told.fetch_max(position.get(), Ordering::AcqRel);
        }
    }

    /// The same for the rows of every tenant.
    #[must_use]
    pub fn all_unchanged_since(&self, projection: &str) -> Option<Position> {
        Some(self.0.get(projection)?.changes().newest)
    }

    /// The furthest position that this process ever gave out for the projection. It may be ahead of the
    /// stored one, and after a rebuild of the rows'.
    pub(super) fn furthest(&self, projection: &str) -> Position {
        let place = self.0.get(projection);
        let furthest = place.map_or(0, |place| place.furthest.load(Ordering::Acquire));
        Position::new(furthest)
    }

    /// Follows the projection's position.
    #[must_use]
    pub fn subscribe(&self, projection: &str) -> Option<watch::Receiver<Option<Position>>> {
        let place = self.0.get(projection);
        place.map(|place| place.reached.subscribe())
    }

    pub(super) fn publish(&self, projection: &str, position: Option<Position>) {
        if let Some(place) = self.0.get(projection) {
            if let Some(position) = position {
                place.furthest.fetch_max(position.get(), Ordering::AcqRel);
            }
            let reached = &place.reached;
            reached.send_if_modified(|now| std::mem::replace(now, position) != position);
        }
    }

    /// Notes what a batch has changed; before its position is published, so that nobody takes the
    /// new position for one of the old rows.
    pub(super) fn touch(&self, projection: &str, touched: Touched) {
        let Some(place) = self.0.get(projection).filter(|_| !touched.is_empty()) else {
            return;
        };
        let mut changes = place.changes();
        let last = touched.values().max().copied().unwrap_or_default();
        changes.newest = changes.newest.max(last);
        changes.tenants.extend(touched);
        if changes.tenants.len() > TENANTS {
            *changes = Changes::all_at(changes.newest);
        }
    }

    /// What was changed before this position is not known: anything may have been.
    pub(super) fn forget(&self, projection: &str, before: Position) {
        if let Some(place) = self.0.get(projection) {
            *place.changes() = Changes::all_at(before);
        }
    }
}

impl Changes {
    fn all_at(position: Position) -> Self {
        Self {
            others: position,
            tenants: HashMap::new(),
            newest: position,
        }
    }
}

impl Place {
    fn changes(&self) -> MutexGuard<'_, Changes> {
        // Every critical section leaves a whole value behind.
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "tasks";

    fn tenant(slug: &str) -> TenantId {
        TenantId::of_slug(slug)
    }

    #[test]
    fn a_tenant_s_rows_are_unchanged_since_its_own_last_event() {
        let positions = Positions::of([NAME]);
        positions.forget(NAME, Position::new(5));
        positions.touch(NAME, [(tenant("a"), Position::new(8))].into());
        let since = |slug| positions.unchanged_since(NAME, tenant(slug));
        assert_eq!(since("a"), Some(Position::new(8)));
        assert_eq!(since("b"), Some(Position::new(5)));
        assert_eq!(positions.all_unchanged_since(NAME), Some(Position::new(8)));
        positions.forget(NAME, Position::new(9));
        assert_eq!(since("a"), Some(Position::new(9)));
        assert_eq!(positions.all_unchanged_since(NAME), Some(Position::new(9)));
    }

    #[test]
    fn with_too_many_tenants_none_is_taken_for_older_than_it_is() {
        let positions = Positions::of([NAME]);
        for number in 0..=TENANTS {
            let at = Position::new(i64::try_from(number).expect("a small number"));
            positions.touch(NAME, [(tenant(&number.to_string()), at)].into());
        }
        let newest = Position::new(i64::try_from(TENANTS).expect("a small number"));
        assert_eq!(positions.unchanged_since(NAME, tenant("7")), Some(newest));
    }
}
