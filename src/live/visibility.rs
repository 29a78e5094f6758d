//! Who may see which event.

use std::sync::Arc;

use pantheon_events::{RecordedEvent, TenantId};
use pantheon_log::ReadError;

use super::deps::Boxed;
use super::filter::Filter;

/// Decides per event. Default deny: an implementation hides what it does not know.
pub trait Visibility: Send + Sync {
    /// Clears the mark of every event that may not be shown. Events whose mark is clear already
    /// are not looked at.
    fn judge<'a>(
        &'a self,
        events: &'a [Arc<RecordedEvent>],
        marks: &'a mut [bool],
    ) -> Boxed<'a, Result<(), ReadError>>;
}

/// Sees all of a tenant's events: for doors whose own permission says what it takes.
pub struct OfTenant(pub TenantId);

impl Visibility for OfTenant {
    fn judge<'a>(
        &'a self,
        events: &'a [Arc<RecordedEvent>],
        marks: &'a mut [bool],
    ) -> Boxed<'a, Result<(), ReadError>> {
        for (event, mark) in events.iter().zip(marks) {
            *mark = *mark && event.metadata.tenant == self.0;
        }
        Box::pin(std::future::ready(Ok(())))
    }
}

/// For each event whether it is asked for and may be shown.
pub async fn marks(
    filter: &Filter,
    eyes: &dyn Visibility,
    events: &[Arc<RecordedEvent>],
) -> Result<Vec<bool>, ReadError> {
    let mut marks: Vec<bool> = events.iter().map(|event| filter.matches(event)).collect();
    if marks.contains(&true) {
        eyes.judge(events, &mut marks).await?;
    }
    Ok(marks)
}

/// Sees everything; for tests of what comes after the decision.
#[cfg(test)]
pub struct Everything;

#[cfg(test)]
impl Visibility for Everything {
    fn judge<'a>(
        &'a self,
        _: &'a [Arc<RecordedEvent>],
        _: &'a mut [bool],
    ) -> Boxed<'a, Result<(), ReadError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}
