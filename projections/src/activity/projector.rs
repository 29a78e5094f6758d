//! The read model `activity`: one row per event that is news, and counts per day.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use pantheon_events::RecordedEvent;
use sqlx::PgConnection;
use uuid::Uuid;

use super::describe::{describe, is_silent};
use crate::engine::{
    Appended, OnPoison, ProjectError, ProjectionSpec, Projector, Table, Wants, each,
};

/// The read model's name.
pub const NAME: &str = "activity";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: NAME,
    version: 4,
    tables: &["activity", "activity_days"],
    events: Wants::Everything,
    on_poison: OnPoison::Park,
};

crate::row! {
    /// One event in words.
    #[derive(Debug, sqlx::FromRow)]
    #[expect(missing_docs, reason = "the columns; migrations/0060 and 0190 say what they hold")]
    pub struct ActivityRow in "activity" {
        pub position: i64,
        pub tenant: Uuid,
        pub event_id: Uuid,
        pub happened_at: DateTime<Utc>,
        pub title: String,
        pub description: String,
        pub category: String,
        pub severity: String,
        pub aggregate_type: String,
    }
}

crate::row! {
    /// How much happened to a tenant on a day.
    #[derive(Debug)]
    pub struct DayRow in "activity_days" key (tenant: Uuid, day: NaiveDate) {
        pub tenant: Uuid,
        pub day: NaiveDate,
        pub events: i64,
    }
}

/// Keeps what happened in words.
#[derive(Clone, Copy, Debug)]
pub struct ActivityProjector;

#[async_trait]
impl Projector for ActivityProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    fn ignores(&self, event: &RecordedEvent) -> bool {
        is_silent(event)
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let days: HashSet<_> = batch.iter().map(|event| day(event)).collect();
        let mut days = Table::<DayRow>::load(db, days).await?;
        let mut rows = Appended::new();
        each(batch, |event| {
            let Some(shown) = describe(event) else {
                return Ok(());
            };
            let key = day(event);
            let (tenant, date) = key;
            days.or_insert_with(&key, || DayRow {
                tenant,
                day: date,
                events: 0,
            })
            .events += 1;
            rows.push(ActivityRow {
                position: event.position.get(),
                tenant,
                event_id: event.event_id.as_uuid(),
                happened_at: event.recorded_at,
                title: shown.title,
                description: shown.description,
                category: shown.category.to_owned(),
                severity: shown.severity.to_owned(),
                aggregate_type: event.aggregate_type.clone(),
            });
            Ok(())
        })?;
        rows.save(db).await?;
        days.save(db).await
    }
}

fn day(event: &RecordedEvent) -> (Uuid, NaiveDate) {
    (
        event.metadata.tenant.as_uuid(),
        event.recorded_at.date_naive(),
    )
}
