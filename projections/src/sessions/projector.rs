//! The fold of sessions.

use std::sync::Arc;

use async_trait::async_trait;
use pantheon_events::RecordedEvent;
use pantheon_events::sessions::{SessionEvent as Event, SessionStarted};
use sqlx::PgConnection;
use uuid::Uuid;

use super::SessionRow;
use crate::engine::{
    OnPoison, ProjectError, ProjectionSpec, Projector, Table, Wants, decode, each, id, keys,
};

/// The read model's name.
pub const NAME: &str = "sessions";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: NAME,
    version: 1,
    tables: &["sessions"],
    events: Wants::Aggregates(&["session"]),
    on_poison: OnPoison::Park,
};

/// Keeps one row per session.
#[derive(Clone, Copy, Debug)]
pub struct SessionsProjector;

#[async_trait]
impl Projector for SessionsProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let touched = keys(batch, |event| Ok([id::<Uuid>(event)?]))?;
        let mut rows = Table::<SessionRow>::load(db, touched).await?;
        each(batch, |event| {
            let key: Uuid = id(event)?;
            match decode::<Event>(event)? {
                Event::SessionStarted(started) => {
                    rows.put(opened(key, started));
                }
                Event::SessionRefreshed(refreshed) => {
                    rows.require(&key)?.last_activity_at = refreshed.at;
                }
                Event::SessionOrganizationSwitched(switched) => {
                    let row = rows.require(&key)?;
                    row.organization_id = switched.organization_id.map(|id| id.as_uuid());
                    row.last_activity_at = switched.at;
                }
                Event::SessionEnded(ended) => {
                    let row = rows.require(&key)?;
                    row.ended_at = Some(ended.at);
                    row.end_reason = Some(ended.reason.as_str().to_owned());
                }
            }
            Ok(())
        })?;
        rows.save(db).await
    }
}

fn opened(id: Uuid, started: SessionStarted) -> SessionRow {
    let text = |sealed: pantheon_events::Sealed| sealed.as_str().to_owned();
    SessionRow {
        id,
        user_id: started.user_id.as_uuid(),
        way: started.way.as_str().to_owned(),
        organization_id: started.organization_id.map(|id| id.as_uuid()),
        started_at: started.at,
        last_activity_at: started.at,
        ip_address: started.ip_address.map(text),
        user_agent: started.user_agent.map(text),
        ended_at: None,
        end_reason: None,
    }
}
