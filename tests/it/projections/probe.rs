//! A projector over made-up events: counters, and a line per event.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use pantheon_events::RecordedEvent;
use pantheon_projections::{
    Appended, Fault, OnPoison, ProjectError, ProjectionSpec, Projector, Table, Wants, each, keys,
    row,
};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

/// The tables of the probe.
pub const TABLES: &str = "
    create table read.probe_counters (
        tenant uuid not null, name text not null, total bigint not null, events bigint not null,
        mean double precision not null, changed_at timestamptz not null, tags text[] not null,
        doc jsonb not null, constraint probe_counters_pkey primary key (tenant, name)
    ) with (fillfactor = 70);
    create index probe_counters_by_total on read.probe_counters (total desc) where total > 0;
    create table read.probe_lines (position bigint primary key, name text not null, added bigint not null);";

row! {
    /// One counter.
    #[derive(Debug)]
    pub struct CounterRow in "probe_counters" key (tenant: Uuid, name: String) {
        pub tenant: Uuid,
        pub name: String,
        pub total: i64,
        pub events: i64,
        pub mean: f64,
        pub changed_at: DateTime<Utc>,
        pub tags: Vec<String>,
        pub doc: Doc,
    }
}

row! {
    /// One event.
    #[derive(Debug)]
    pub struct LineRow in "probe_lines" {
        pub position: i64,
        pub name: String,
        pub added: i64,
    }
}

/// What is kept as JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Doc {
    pub last: Option<i64>,
    pub history: Vec<i64>,
}

/// The payload of `counted`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Counted {
    pub add: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poison: Option<Poison>,
}

/// How an event cannot be applied.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Poison {
    /// The projector says so.
    Refused,
    /// Postgres says so, for the whole batch.
    Unstorable,
    /// The projector panics.
    Panic,
}

/// The projector; `healed` is the fix that an operator ships.
pub struct Probe {
    spec: &'static ProjectionSpec,
    healed: AtomicBool,
    broken: AtomicBool,
}

pub const PARK: ProjectionSpec = ProjectionSpec {
    name: "probe",
    version: 1,
    tables: &["probe_counters", "probe_lines"],
    events: Wants::Events(&[("probe", &["counted"])]),
    on_poison: OnPoison::Park,
};
pub const HALT: ProjectionSpec = ProjectionSpec {
    on_poison: OnPoison::Halt,
    ..PARK
};
pub const NEXT: ProjectionSpec = ProjectionSpec { version: 2, ..PARK };
pub const NEXT_HALT: ProjectionSpec = ProjectionSpec { version: 2, ..HALT };

impl Probe {
    pub fn new(spec: &'static ProjectionSpec) -> Arc<Self> {
        Arc::new(Self {
            spec,
            healed: AtomicBool::new(false),
            broken: AtomicBool::new(false),
        })
    }

    /// From now on whatever task of the engine asks for its spec panics.
    pub fn break_tasks(&self) {
        self.broken.store(true, Ordering::SeqCst);
    }

    pub fn heal(&self) {
        self.healed.store(true, Ordering::SeqCst);
    }

    fn count(
        &self,
        event: &RecordedEvent,
        counters: &mut Table<CounterRow>,
        lines: &mut Appended<LineRow>,
    ) -> Result<(), Fault> {
        let mut counted = counted(event)?;
        let mut name = event.aggregate_id.clone();
        match counted
            .poison
            .filter(|_| !self.healed.load(Ordering::SeqCst))
        {
            Some(Poison::Refused) => return Err(Fault::new("the probe refuses this event")),
            Some(Poison::Panic) => panic!("the probe panics"),
            Some(Poison::Unstorable) => name.push('\u{0}'),
            None => {}
        }
        // Another version has other rows.
        counted.add *= i64::from(self.spec.version);
        let key = key(event);
        let counter = counters.or_insert_with(&key, || CounterRow {
            tenant: key.0,
            name: key.1.clone(),
            total: 0,
            events: 0,
            mean: 0.0,
            changed_at: event.recorded_at,
            tags: Vec::new(),
            doc: Doc::default(),
        });
        apply(counter, counted.add, event.recorded_at);
        lines.push(LineRow {
            position: event.position.get(),
            name,
            added: counted.add,
        });
        Ok(())
    }
}

/// The fold of one event; also the oracle's.
pub fn apply(counter: &mut CounterRow, add: i64, at: DateTime<Utc>) {
    #[expect(clippy::cast_precision_loss, reason = "a test of floats")]
    let (add_f, events) = (add as f64, (counter.events + 1) as f64);
    counter.mean += (add_f - counter.mean) / events / 3.0;
    counter.total += add;
    counter.events += 1;
    counter.changed_at = at;
    counter.tags.push(format!("t'{add}\""));
    counter.tags.drain(..counter.tags.len().saturating_sub(3));
    counter.doc.history.insert(0, counter.total);
    counter.doc.history.truncate(2);
    counter.doc.last = (add % 2 == 0).then_some(add);
}

/// The key of an event's counter.
pub fn key(event: &RecordedEvent) -> (Uuid, String) {
    (event.metadata.tenant.as_uuid(), event.aggregate_id.clone())
}

/// An event's payload.
pub fn counted(event: &RecordedEvent) -> Result<Counted, Fault> {
    serde_json::from_str(event.payload.get()).map_err(|error| Fault::new(error.to_string()))
}

#[async_trait]
impl Projector for Probe {
    fn spec(&self) -> &'static ProjectionSpec {
        assert!(!self.broken.load(Ordering::SeqCst), "the test wants it");
        self.spec
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let touched = keys(batch, |event| Ok([key(event)]))?;
        let mut counters = Table::<CounterRow>::load(db, touched).await?;
        let mut lines = Appended::<LineRow>::new();
        each(batch, |event| self.count(event, &mut counters, &mut lines))?;
        counters.save(db).await?;
        lines.save(db).await
    }
}
