//! Questions to the database are told to those who asked them, and to nobody else.

use std::sync::Arc;

use pantheon_events::RecordedEvent;
use pantheon_log::ReadError;

use super::super::deps::{Boxed, Viewer};
use super::super::visibility::Visibility;
use super::Audience;
use crate::auth::PrincipalKind;

/// The event of a question.
pub(super) const QUERY: &str = "database_query_executed";

/// Whether the listener asked.
pub(super) fn is_of(event: &RecordedEvent, audience: &Audience) -> bool {
    !audience.is_anonymous() && event.metadata.actor.id == audience.viewer().principal.id
}

/// What somebody sees anyway, and their own questions.
pub(super) struct OwnQueries {
    others: Arc<dyn Visibility>,
    viewer: Viewer,
}

impl OwnQueries {
    /// Beside what the viewer sees.
    pub(super) fn beside(viewer: &Viewer) -> Self {
        Self {
            others: viewer.eyes(),
            viewer: viewer.clone(),
        }
    }

    fn asked(&self, event: &RecordedEvent) -> bool {
        let who = &self.viewer.principal;
        let (actor, tenant) = (&event.metadata.actor, event.metadata.tenant);
        event.event_type == QUERY
            && matches!(who.kind, PrincipalKind::Operator | PrincipalKind::User)
            && (&actor.id, tenant) == (&who.id, who.tenant)
    }
}

impl Visibility for OwnQueries {
    fn judge<'a>(
        &'a self,
        events: &'a [Arc<RecordedEvent>],
        marks: &'a mut [bool],
    ) -> Boxed<'a, Result<(), ReadError>> {
        Box::pin(async move {
            let own: Vec<bool> = events
                .iter()
                .zip(marks.iter())
                .map(|(event, mark)| *mark && self.asked(event))
                .collect();
            self.others.judge(events, marks).await?;
            for (mark, own) in marks.iter_mut().zip(own) {
                *mark |= own;
            }
            Ok(())
        })
    }
}
