//! What a principal sees of the log: its tenant's events, each by the permission that its
//! aggregate needs. What has no row in the table is hidden from everybody.

use std::collections::HashMap;
use std::sync::Arc;

use pantheon_events::{RecordedEvent, TenantId};
use pantheon_log::ReadError;

use super::deps::Boxed;
use super::owners::Owners;
use super::visibility::Visibility;
use crate::auth::table::{EVENTS, Reach};
use crate::auth::{Grant, Principal, may, permission};

/// How much of an aggregate type's events somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sight {
    All,
    Own,
}

/// A principal's eyes.
pub struct Eyes {
    who: String,
    tenant: TenantId,
    sights: HashMap<&'static str, Sight>,
    owners: Owners,
}

impl Eyes {
    /// The table's rows as far as this principal's permissions reach.
    #[must_use]
    pub fn of(principal: &Principal, owners: Owners) -> Self {
        let rows = EVENTS.iter().filter_map(|row| {
            let grant = may(Some(principal), permission(row.code), None).ok()?;
            let sight = match (grant, row.own) {
                (Grant::All, _) => Sight::All,
                (Grant::Own, Reach::Holder) => Sight::Own,
                (Grant::Own, Reach::Nothing) => return None,
            };
            Some((row.aggregate, sight))
        });
        Self {
            who: principal.id.clone(),
            tenant: principal.tenant,
            sights: rows.collect(),
            owners,
        }
    }

    async fn sees(&self, event: &RecordedEvent) -> Result<bool, ReadError> {
        if event.metadata.tenant != self.tenant {
            return Ok(false);
        }
        match self.sights.get(event.aggregate_type.as_str()) {
            Some(Sight::All) => Ok(true),
            Some(Sight::Own) => self.owners.is_own(event, &self.who).await,
            None => Ok(false),
        }
    }
}

impl Visibility for Eyes {
    fn judge<'a>(
        &'a self,
        events: &'a [Arc<RecordedEvent>],
        marks: &'a mut [bool],
    ) -> Boxed<'a, Result<(), ReadError>> {
        Box::pin(async move {
            for (event, mark) in events.iter().zip(marks) {
                *mark = *mark && self.sees(event).await?;
            }
            Ok(())
        })
    }
}
