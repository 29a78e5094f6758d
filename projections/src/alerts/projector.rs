//! The read model `system_alerts`: one row per alert, as it was raised last.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use pantheon_events::RecordedEvent;
use pantheon_events::alerts::AlertEvent;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::engine::{
    OnPoison, ProjectError, ProjectionSpec, Projector, Table, Wants, decode, each, id, keys,
};

/// The read model's name.
pub const NAME: &str = "system_alerts";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: NAME,
    version: 1,
    tables: &["system_alerts"],
    events: Wants::Aggregates(&["system_alert"]),
    on_poison: OnPoison::Park,
};

crate::row! {
    /// An alert.
    #[derive(Debug, sqlx::FromRow)]
    #[expect(missing_docs, reason = "the columns; migrations/0130 says what they hold")]
    pub struct AlertRow in "system_alerts" key (id: Uuid) {
        pub id: Uuid,
        pub tenant: Uuid,
        pub severity: String,
        pub title: String,
        pub description: String,
        pub source: String,
        pub subject: String,
        pub raised_at: DateTime<Utc>,
        pub resolved_at: Option<DateTime<Utc>>,
    }
}

/// Keeps the alerts.
#[derive(Clone, Copy, Debug)]
pub struct AlertsProjector;

#[async_trait]
impl Projector for AlertsProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let touched = keys(batch, |event| Ok([id::<Uuid>(event)?]))?;
        let mut rows = Table::<AlertRow>::load(db, touched).await?;
        each(batch, |event| {
            let alert = id::<Uuid>(event)?;
            match decode::<AlertEvent>(event)? {
                AlertEvent::SystemAlertRaised(raised) => rows.put(AlertRow {
                    id: alert,
                    tenant: event.metadata.tenant.as_uuid(),
                    severity: raised.severity.as_str().to_owned(),
                    title: raised.title,
                    description: raised.description,
                    source: raised.source,
                    subject: raised.subject,
                    raised_at: event.recorded_at,
                    resolved_at: None,
                }),
                AlertEvent::SystemAlertResolved(_) => {
                    rows.require(&alert)?.resolved_at = Some(event.recorded_at);
                }
            }
            Ok(())
        })?;
        rows.save(db).await
    }
}
