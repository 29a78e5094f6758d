//! Where a subscription begins: from the client's words to a position.

use chrono::TimeDelta;
use pantheon_events::Position;
use pantheon_log::{Log, ReadError};

use super::filter::Filter;
use super::frame::{After, From, LAST, Last, Recovered, Time};
use super::subscription::before_last;
use super::visibility::Visibility;

/// The place where a subscription begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// Events after this position follow.
    pub after: Position,
    /// Whether the client's place was found.
    pub recovered: Recovered,
    /// Why it was not.
    pub reason: Option<&'static str>,
}

/// Finds the place in the log. `{"last": n}` counts what the filter and the eyes let through.
pub async fn resolve(
    log: &Log,
    from: From,
    filter: &Filter,
    eyes: &dyn Visibility,
) -> Result<Start, ReadError> {
    let after = match from {
        From::Now => log.head(),
        From::Start => Position::ZERO,
        From::Last(Last { last }) => {
            before_last(log, last.min(LAST) as usize, filter, eyes).await?
        }
        From::Time(Time { time }) => log.position_at(time - TimeDelta::microseconds(1)).await?,
        From::After(after) => return resume(log, after).await,
    };
    Ok(Start {
        after,
        recovered: Recovered::Exact,
        reason: None,
    })
}

async fn resume(log: &Log, place: After) -> Result<Start, ReadError> {
    let lost = match lineage(log, place).await? {
        Some(reason) => Some(reason),
        None if place.after <= log.head() => None,
        // This node may be a moment behind the one that told the client its position.
        None if place.after <= log.database_head().await? => None,
        None => Some("position_past_head"),
    };
    Ok(match lost {
        None => Start {
            after: place.after,
            recovered: Recovered::Exact,
            reason: None,
        },
        reason => Start {
            after: log.head(),
            recovered: Recovered::None,
            reason,
        },
    })
}

/// Why the place's lineage is not this log's, if it is not. An event that was written in or before
/// the client's epoch is still the one the client saw; a newer one replaced it after the head
/// went back.
async fn lineage(log: &Log, place: After) -> Result<Option<&'static str>, ReadError> {
    let newest = log.lineage().epoch;
    let Some(epoch) = place.epoch.filter(|epoch| *epoch != newest) else {
        return Ok(None);
    };
    if epoch > newest {
        return Ok(Some("unknown_epoch"));
    }
    if place.after == Position::ZERO {
        return Ok(None);
    }
    let event = log.event_at(place.after).await?;
    Ok(event
        .is_none_or(|event| event.epoch > epoch)
        .then_some("epoch_changed"))
}
