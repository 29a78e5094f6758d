//! Small helpers that let a projector read as: collect keys, load, apply each event, save.

use std::str::FromStr;
use std::sync::Arc;

use pantheon_events::{DecodeError, DomainEvent, RecordedEvent};

use super::{Fault, ProjectError};

/// Reads an event as one of its aggregate's events.
///
/// # Errors
/// Its type is unknown to this build, or the payload does not fit.
pub fn decode<E: DomainEvent>(event: &RecordedEvent) -> Result<E, DecodeError> {
    E::decode(&event.event_type, &event.event_version, event.payload.get())
}

/// The stream's id as a typed id, or as any type that is read from text (`Uuid`, `String`).
///
/// # Errors
/// The text is no such id.
pub fn id<K: FromStr>(event: &RecordedEvent) -> Result<K, Fault> {
    event.aggregate_id.parse().map_err(|_| {
        Fault::new(format!(
            "{:?} is no id of a {}",
            event.aggregate_id, event.aggregate_type
        ))
    })
}

/// Calls `apply` for each event, in order; an error carries the event's position.
///
/// # Errors
/// The first of `apply`.
pub fn each(
    batch: &[Arc<RecordedEvent>],
    mut apply: impl FnMut(&RecordedEvent) -> Result<(), Fault>,
) -> Result<(), ProjectError> {
    batch
        .iter()
        .try_for_each(|event| apply(event).map_err(|fault| at(event, &fault)))
}

/// The keys of the rows that the events touch (repeats do not matter); an error carries the event's
/// position. `key` gives any number of keys: an `Option`, an array, a `Vec`.
///
/// # Errors
/// The first of `key`.
pub fn keys<K, I: IntoIterator<Item = K>>(
    batch: &[Arc<RecordedEvent>],
    mut key: impl FnMut(&RecordedEvent) -> Result<I, Fault>,
) -> Result<Vec<K>, ProjectError> {
    let mut found = Vec::with_capacity(batch.len());
    for event in batch {
        found.extend(key(event).map_err(|fault| at(event, &fault))?);
    }
    Ok(found)
}

fn at(event: &RecordedEvent, fault: &Fault) -> ProjectError {
    ProjectError::Event {
        position: event.position,
        message: fault.to_string(),
    }
}
