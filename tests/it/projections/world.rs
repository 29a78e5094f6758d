//! A database with the probe's tables, a log to write to, and engines to start.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use pantheon_events::{Actor, CommandId, EventId, Metadata, Position, Sequence, TenantId};
use pantheon_harness::{Database, Postgres, soon};
use pantheon_log::{
    Append, Health, Log, LogOptions, NewEvent, Outcome, Verdict, Writer, WriterOptions,
};
use pantheon_projections::engine::{Control, Engine};
use pantheon_projections::{Projector, Reads};
use sqlx::PgPool;
use tokio::sync::Mutex;
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

use super::probe::{Counted, CounterRow, Poison, TABLES, apply, counted, key};

/// A log with a writer, and the probe's tables.
pub struct World {
    pub database: Database,
    pub pool: PgPool,
    pub log: Log,
    writer: Writer,
    sequences: Mutex<HashMap<String, i64>>,
    _stop: DropGuard,
}

/// Projections that run until this is dropped or stopped.
pub struct Running {
    pub engine: Engine,
    pub health: Health,
    pub log: Log,
    stop: CancellationToken,
    _guard: DropGuard,
}

impl Running {
    /// Stops and waits for the end.
    pub async fn stop(self) {
        self.stop.cancel();
        self.engine.stopped().await;
    }
}

/// Starts an engine with a log of its own, as a further node does.
pub async fn run(database: &Database, projectors: Vec<Arc<dyn Projector>>) -> Result<Running> {
    let log = Log::open(database.pool(4).await?, LogOptions::default()).await?;
    let (stop, health) = (CancellationToken::new(), Health::new());
    log.start(stop.clone());
    let engine = Engine::start(&log, projectors, &health, &stop);
    let guard = stop.clone().drop_guard();
    Ok(Running {
        engine,
        health,
        log,
        stop,
        _guard: guard,
    })
}

impl World {
    pub async fn new() -> Result<Self> {
        Self::on(Postgres::shared().await?).await
    }

    pub async fn on(database: Database) -> Result<Self> {
        let pool = database.pool(8).await?;
        sqlx::raw_sql(TABLES).execute(&pool).await?;
        let log = Log::open(database.pool(4).await?, LogOptions::default()).await?;
        let stop = CancellationToken::new();
        log.start(stop.clone());
        let options = database.connect_options()?;
        let (writer, _) = Writer::start(options, &log, WriterOptions::default(), stop.clone());
        let sequences = Mutex::default();
        Ok(Self {
            database,
            pool,
            log,
            writer,
            sequences,
            _stop: stop.drop_guard(),
        })
    }

    pub async fn run(&self, projector: Arc<dyn Projector>) -> Result<Running> {
        run(&self.database, vec![projector]).await
    }

    pub fn reads(&self, engine: Option<&Engine>) -> Result<Reads> {
        let positions = engine.map(Engine::positions).unwrap_or_default();
        Ok(Reads::open(&self.database.connect_options()?, 8, positions))
    }

    pub fn control(&self, projector: Arc<dyn Projector>) -> Control {
        Control::new(&self.log, vec![projector])
    }

    /// Appends one event; its position.
    pub async fn count(&self, name: &str, add: i64) -> Result<Position> {
        self.append("counted", name, Counted { add, poison: None })
            .await
    }

    /// Appends an event that cannot be applied.
    pub async fn poison(&self, name: &str, add: i64, poison: Poison) -> Result<Position> {
        self.append(
            "counted",
            name,
            Counted {
                add,
                poison: Some(poison),
            },
        )
        .await
    }

    /// Appends an event that the probe does not want.
    pub async fn ignored(&self, name: &str) -> Result<Position> {
        self.append(
            "ignored",
            name,
            Counted {
                add: 0,
                poison: None,
            },
        )
        .await
    }

    /// Appends `events` events to `streams` counters, quickly.
    pub async fn many(&self, events: i64, streams: i64) -> Result<()> {
        let mut pending = Vec::new();
        for n in 0..events {
            let name = format!("many-{}", n % streams);
            pending.push(
                self.send(
                    "counted",
                    &name,
                    Counted {
                        add: n % 17 - 3,
                        poison: None,
                    },
                )
                .await?,
            );
            if pending.len() == 2_000 {
                for verdict in pending.drain(..) {
                    recorded(verdict.await?)?;
                }
            }
        }
        for verdict in pending {
            recorded(verdict.await?)?;
        }
        Ok(())
    }

    async fn append(&self, kind: &'static str, name: &str, event: Counted) -> Result<Position> {
        let pending = self.send(kind, name, event).await?;
        recorded(pending.await?)
    }

    async fn send(
        &self,
        event_type: &'static str,
        name: &str,
        event: Counted,
    ) -> Result<pantheon_log::Pending> {
        let mut sequences = self.sequences.lock().await;
        let sequence = sequences.entry(name.to_owned()).or_default();
        let metadata = Metadata {
            tenant: TenantId::default_organization(),
            actor: Actor::system("test"),
            correlation_id: Uuid::nil(),
            causation_id: None,
            request_id: None,
            traceparent: None,
        };
        let event = NewEvent {
            event_id: EventId::generate(),
            event_type,
            event_version: "1",
            payload: serde_json::to_string(&event)?,
        };
        let append = Append {
            command_id: CommandId::generate(),
            fingerprint: [0; 32],
            aggregate_type: "probe",
            aggregate_id: name.to_owned(),
            expected: Sequence::new(*sequence),
            base: None,
            metadata: serde_json::to_string(&metadata)?,
            outcome: Outcome::Accepted(vec![event]),
        };
        let pending = self.writer.try_append(append)?;
        *sequence += 1;
        Ok(pending)
    }

    /// Waits until the probe has dealt with everything.
    pub async fn settled(&self) -> Result<()> {
        let head = self.log.database_head().await?.get();
        soon(async || {
            let at = self.checkpoint().await.unwrap_or_default();
            if at == head {
                Ok(())
            } else {
                Err(format!("the probe stands at {at} of {head}"))
            }
        })
        .await;
        Ok(())
    }

    pub async fn checkpoint(&self) -> Result<i64> {
        let position =
            sqlx::query_scalar("select position from projection_checkpoints where name = 'probe'");
        Ok(position
            .fetch_optional(&self.pool)
            .await?
            .unwrap_or_default())
    }

    /// The rows as they are, by name.
    pub async fn rows(&self) -> Result<Vec<CounterRow>> {
        let rows: Vec<String> =
            sqlx::query_scalar("select to_jsonb(c)::text from read.probe_counters c order by name")
                .fetch_all(&self.pool)
                .await?;
        rows.iter()
            .map(|row| Ok(serde_json::from_str(row)?))
            .collect()
    }

    pub async fn lines(&self) -> Result<i64> {
        let count = sqlx::query_scalar("select count(*) from read.probe_lines");
        Ok(count.fetch_one(&self.pool).await?)
    }

    /// The rows as they must be: the fold of the whole log, without the streams of `except`.
    pub async fn fold(&self, except: &[&str]) -> Result<Vec<CounterRow>> {
        let mut rows = HashMap::new();
        let mut after = Position::ZERO;
        let head = self.log.database_head().await?;
        while after < head {
            let batch = self.log.read(after, 1_000).await?;
            after = batch.last().context("the log reaches its head")?;
            for event in batch
                .events
                .iter()
                .filter(|event| event.event_type == "counted")
            {
                if except.contains(&event.aggregate_id.as_str()) {
                    continue;
                }
                let (tenant, name) = key(event);
                let row = rows.entry(name.clone()).or_insert_with(|| CounterRow {
                    tenant,
                    name,
                    total: 0,
                    events: 0,
                    mean: 0.0,
                    changed_at: event.recorded_at,
                    tags: Vec::new(),
                    doc: super::probe::Doc::default(),
                });
                apply(row, counted(event)?.add, event.recorded_at);
            }
        }
        let mut rows: Vec<_> = rows.into_values().collect();
        rows.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(rows)
    }
}

fn recorded(verdict: Verdict) -> Result<Position> {
    match verdict {
        Verdict::Recorded(recorded) => Ok(recorded.position),
        other => anyhow::bail!("not recorded: {other:?}"),
    }
}
