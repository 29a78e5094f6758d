//! Whose events a request looks at, and which of them it may see.

use std::sync::Arc;

use pantheon_events::{Position, RecordedEvent, TenantId};

use super::EventsDeps;
use crate::auth::{Principal, permission};
use crate::http::{Caller, Problem};
use crate::live::eyes::Eyes;
use crate::live::filter::Filter;
use crate::live::visibility::{Visibility, marks};

/// The eyes of a request.
pub struct Scope(Eyes);

impl Scope {
    /// The caller's own tenant, or another one for those who run the installation.
    pub fn of(
        deps: &EventsDeps,
        caller: &Caller,
        tenant: Option<TenantId>,
    ) -> Result<Self, Problem> {
        let tenant = tenant.unwrap_or(caller.tenant);
        if tenant != caller.tenant {
            caller.may(permission("operations.manage"), None)?;
        }
        let principal = Principal {
            tenant,
            ..caller.principal.as_ref().clone()
        };
        Ok(Self(Eyes::of(&principal, deps.owners.clone())))
    }

    /// The events that are asked for and may be seen.
    pub async fn keep(
        &self,
        filter: &Filter,
        events: Vec<Arc<RecordedEvent>>,
    ) -> Result<Vec<Arc<RecordedEvent>>, Problem> {
        let marks = marks(filter, &self.0 as &dyn Visibility, &events).await?;
        Ok(events
            .into_iter()
            .zip(marks)
            .filter(|(_, keep)| *keep)
            .map(|(event, _)| event)
            .collect())
    }

    /// The event, unless it is missing or not to be seen: nobody can tell the two apart.
    pub async fn one(
        &self,
        event: Option<Arc<RecordedEvent>>,
    ) -> Result<Arc<RecordedEvent>, Problem> {
        let seen = self
            .keep(&Filter::default(), event.into_iter().collect())
            .await?;
        seen.into_iter().next().ok_or_else(Problem::not_found)
    }
}

/// The event that a path names by its position or its id.
pub async fn find(deps: &EventsDeps, name: &str) -> Result<Option<Arc<RecordedEvent>>, Problem> {
    if let Ok(position) = name.parse::<Position>() {
        return Ok(deps.log.event_at(position).await?);
    }
    match name.parse() {
        Ok(id) => Ok(deps.log.event_by_id(id).await?),
        Err(_) => Ok(None),
    }
}
