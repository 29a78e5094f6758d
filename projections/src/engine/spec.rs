//! What the engine has to know about a projection.

use pantheon_events::RecordedEvent;

/// The description of one projection.
#[derive(Clone, Copy, Debug)]
pub struct ProjectionSpec {
    /// Its name: lower case, digits and `_`, at most 40 characters; for ever.
    pub name: &'static str,
    /// Grows with every change of the projector that changes rows; a new version is rebuilt.
    pub version: i32,
    /// Every table that the projector writes, without schema.
    pub tables: &'static [&'static str],
    /// The events it is given.
    pub events: Wants,
    /// What happens when an event cannot be applied.
    pub on_poison: OnPoison,
}

/// Which events a projector is given.
#[derive(Clone, Copy, Debug)]
pub enum Wants {
    /// All of them.
    Everything,
    /// All events of these aggregate types.
    Aggregates(&'static [&'static str]),
    /// These event types of these aggregate types.
    Events(&'static [(&'static str, &'static [&'static str])]),
}

impl Wants {
    /// Whether the event is one of them.
    #[must_use]
    pub fn matches(&self, event: &RecordedEvent) -> bool {
        match self {
            Self::Everything => true,
            Self::Aggregates(kinds) => kinds.contains(&event.aggregate_type.as_str()),
            Self::Events(kinds) => kinds.iter().any(|(aggregate, types)| {
                *aggregate == event.aggregate_type && types.contains(&event.event_type.as_str())
            }),
        }
    }
}

/// What happens when an event cannot be applied, and that is the event's fault (G10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnPoison {
    /// The event and its successors of the same stream are parked; other streams go on.
    Park,
    /// The projection stops. For what moves money or approvals.
    Halt,
}
