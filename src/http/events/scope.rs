//! Whose events a request looks at, and which of them it may see.

use std::borrow::Cow;
use std::sync::Arc;

use pantheon_events::{Position, RecordedEvent, TenantId};
use serde::de::{Deserialize, Deserializer, Error};

use super::EventsDeps;
use crate::auth::{Principal, permission};
use crate::http::{Caller, Problem};
use crate::live::eyes::Eyes;
use crate::live::filter::Filter;
use crate::live::visibility::{Visibility, marks};

/// Whose events somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// One tenant's.
    Tenant(TenantId),
    /// The whole log, as it is: what a proof that no position is missing has to see.
    Everybody,
}

impl<'de> Deserialize<'de> for Whose {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(from)?;
        if text == "*" {
            return Ok(Self::Everybody);
        }
        let tenant = text.parse().map(Self::Tenant);
        tenant.map_err(|_| D::Error::custom("expected a tenant's id, or *"))
    }
}

/// What a request sees of the log.
pub enum Scope {
    /// What these eyes see.
    Eyes(Eyes),
    /// Every event.
    Everything,
}

impl Scope {
    /// The caller's own tenant, or what those who run the installation ask for beyond it.
    pub fn of(deps: &EventsDeps, caller: &Caller, whose: Option<Whose>) -> Result<Self, Problem> {
        let tenant = match whose {
            None => caller.tenant,
            Some(Whose::Tenant(tenant)) if tenant == caller.tenant => tenant,
            Some(Whose::Tenant(tenant)) => {
                runs_the_installation(caller)?;
                tenant
            }
            Some(Whose::Everybody) => {
                runs_the_installation(caller)?;
                return Ok(Self::Everything);
            }
        };
        let principal = Principal {
            tenant,
            ..caller.principal.as_ref().clone()
        };
        Ok(Self::Eyes(Eyes::of(&principal, deps.owners.clone())))
    }

    /// The events that are asked for and may be seen.
    pub async fn keep(
        &self,
        filter: &Filter,
        events: Vec<Arc<RecordedEvent>>,
    ) -> Result<Vec<Arc<RecordedEvent>>, Problem> {
        let marks = match self {
            Self::Eyes(eyes) => marks(filter, eyes as &dyn Visibility, &events).await?,
            Self::Everything => events.iter().map(|event| filter.matches(event)).collect(),
        };
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

/// Operators count in the default organisation and nowhere else.
fn runs_the_installation(caller: &Caller) -> Result<(), Problem> {
    caller.may(permission("operations.manage"), None)?;
    if caller.tenant == TenantId::default_organization() {
        return Ok(());
    }
    Err(Problem::forbidden(
        "Only the operators of the default organisation see the events of other tenants.",
    ))
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
