//! The workshop of one rebuild: its connection, its schema, its line in `projection_rebuilds`.

use std::sync::Arc;
use std::time::Duration;

use pantheon_events::{Position, RecordedEvent};
use pantheon_log::{Batch, Log, ReadError};
use serde::Serialize;
use sqlx::{Connection, PgConnection};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{RebuildError, TableCount, schema};
use crate::engine::apply::{Apply, Books};
use crate::engine::checkpoint::Checkpoint;
use crate::engine::parked::Parked;
use crate::engine::positions::Touched;
use crate::engine::{ProjectionSpec, Projector};
use crate::query::connect_options;

/// Events per transaction while building.
const BATCH: usize = 20_000;

/// Events between two notes in the books.
const PIECE: i64 = 200_000;

/// So near to the live rows the rest may happen under a lock.
const NEAR: i64 = 2_000;

/// How long a node may take to read what another one has committed.
const BEHIND: Duration = Duration::from_secs(5);

pub(super) struct Build {
    pub log: Log,
    /// Its search path leads unqualified names to the tables beside the live ones.
    pub db: PgConnection,
    pub apply: Apply,
    /// Where those tables are.
    schema: String,
    /// The line in `projection_rebuilds`; 0 before [`begin`](Self::begin).
    id: i64,
}

impl Build {
    /// Takes the projection's rebuild lock, which lives as long as the connection. What is built
    /// goes into `schema`.
    pub async fn open(
        log: &Log,
        projector: Arc<dyn Projector>,
        schema: String,
    ) -> Result<Self, RebuildError> {
        let name = projector.spec().name;
        let path = format!("{schema},public");
        let options = connect_options(&log.pool().connect_options(), "pantheon-rebuild").options([
            ("search_path", path.as_str()),
            ("synchronous_commit", "off"),
            ("idle_in_transaction_session_timeout", "60s"),
        ]);
        let mut db = PgConnection::connect_with(&options).await?;
        let key = rebuild_lock(name);
        let locked =
            sqlx::query_scalar!("select pg_try_advisory_lock(hashtextextended($1, 0))", key)
                .fetch_one(&mut db)
                .await?;
        if locked != Some(true) {
            return Err(RebuildError::Busy(name.to_owned()));
        }
        let (books, parked) = (Books::Beside, Parked::default());
        let apply = Apply {
            projector,
            books,
            parked,
            reached: Position::ZERO,
            touched: Touched::new(),
        };
        Ok(Self {
            log: log.clone(),
            db,
            apply,
            schema,
            id: 0,
        })
    }

    pub fn spec(&self) -> &'static ProjectionSpec {
        self.apply.projector.spec()
    }

    /// Makes the tables and the line in the books.
    pub async fn begin(&mut self, kind: &str) -> Result<(), RebuildError> {
        let spec = self.spec();
        let live = self.live().await?;
        if live.version > spec.version {
            return Err(RebuildError::Newer {
                name: live.name,
                version: live.version,
            });
        }
        sqlx::query!(
            "update projection_rebuilds set state = 'failed', error = 'its process ended',
                 finished_at = clock_timestamp()
             where projection = $1 and state = 'building'",
            spec.name
        )
        .execute(&mut self.db)
        .await?;
        self.id = sqlx::query_scalar!(
            "insert into projection_rebuilds (projection, version, kind) values ($1, $2, $3)
             returning id",
            spec.name,
            spec.version,
            kind
        )
        .fetch_one(&mut self.db)
        .await?;
        let mut transaction = self.db.begin().await?;
        schema::create(&mut transaction, &self.schema, spec.tables).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Builds the rows as they were after the event at `to`.
    pub async fn build_to(
        &mut self,
        to: Position,
        stop: &CancellationToken,
    ) -> Result<(), RebuildError> {
        self.fill(to, stop).await?;
        self.analyze().await
    }

    async fn analyze(&mut self) -> Result<(), RebuildError> {
        let tables = self.spec().tables;
        Ok(schema::analyze(&mut self.db, &self.schema, tables).await?)
    }

    /// How many rows each of the built tables has.
    pub async fn counts(&mut self) -> Result<Vec<TableCount>, RebuildError> {
        let tables = self.spec().tables;
        let mut counts = Vec::with_capacity(tables.len());
        for table in tables {
            let rows = schema::count(&mut self.db, &self.schema, table).await?;
            counts.push(TableCount { table, rows });
        }
        Ok(counts)
    }

    /// Builds until the live rows are near.
    pub async fn catch_up(&mut self, stop: &CancellationToken) -> Result<(), RebuildError> {
        loop {
            let live = self.live().await?;
            if live.position - self.apply.reached.get() <= NEAR {
                break;
            }
            self.fill(Position::new(live.position), stop).await?;
        }
        self.analyze().await
    }

    async fn fill(&mut self, to: Position, stop: &CancellationToken) -> Result<(), RebuildError> {
        while self.apply.reached < to {
            // Piece by piece, so that the books can say how far it is.
            let piece = Position::new(to.get().min(self.apply.reached.get() + PIECE));
            fill(&self.log, &mut self.apply, &mut self.db, piece, stop).await?;
            sqlx::query!(
                "update projection_rebuilds set position = $2 where id = $1",
                self.id,
                self.apply.reached.get()
            )
            .execute(&mut self.db)
            .await?;
        }
        Ok(())
    }

    async fn live(&mut self) -> Result<Checkpoint, RebuildError> {
        let name = self.spec().name;
        live(&mut self.db, name).await
    }

    pub async fn discard(&mut self) -> Result<(), RebuildError> {
        Ok(schema::drop(&mut self.db, &self.schema).await?)
    }

    /// Writes the end into the books. `replaced` has been written by the swap.
    pub async fn finished(
        &mut self,
        state: &str,
        report: &impl Serialize,
    ) -> Result<(), RebuildError> {
        let text = serde_json::to_value(report).map_err(|e| RebuildError::Broken(e.to_string()))?;
        sqlx::query!(
            "update projection_rebuilds set state = $2, position = $3, report = $4,
                 finished_at = clock_timestamp()
             where id = $1",
            self.id,
            state,
            self.apply.reached.get(),
            text
        )
        .execute(&mut self.db)
        .await?;
        Ok(())
    }

    /// Cleans up after an error, as far as the connection still allows.
    pub async fn failed(&mut self, error: &RebuildError) {
        let noted = sqlx::query!(
            "update projection_rebuilds set state = 'failed', error = $2,
                 finished_at = clock_timestamp()
             where id = $1 and state = 'building'",
            self.id,
            error.to_string()
        )
        .execute(&mut self.db)
        .await;
        let cleaned = self.discard().await;
        if noted.is_err() || cleaned.is_err() {
            tracing::warn!(
                projection = self.spec().name,
                "what was built is dropped at the next rebuild"
            );
        }
    }

    /// The line in the books, which the swap writes to.
    pub fn id(&self) -> i64 {
        self.id
    }

    /// Gives the lock back.
    pub async fn close(self) {
        if let Err(error) = self.db.close().await {
            tracing::debug!(%error, "the rebuild's connection was gone already");
        }
    }
}

/// Applies the log up to `to`; the next batch is read while this one is applied.
pub(super) async fn fill(
    log: &Log,
    apply: &mut Apply,
    db: &mut PgConnection,
    to: Position,
    stop: &CancellationToken,
) -> Result<(), RebuildError> {
    read_up_to(log, to, stop).await?;
    let mut next = read(log, apply.reached);
    while apply.reached < to {
        if stop.is_cancelled() {
            return Err(RebuildError::Stopped);
        }
        let batch = next
            .await
            .map_err(|error| RebuildError::Broken(error.to_string()))??;
        let events = before(&batch.events, to);
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return Err(RebuildError::Broken(format!("the log ends before {to}")));
        };
        if first.position != apply.reached.next() {
            let (expected, found) = (apply.reached.next(), first.position);
            log.note_violation(expected, found);
            return Err(ReadError::Integrity { expected, found }.into());
        }
        next = read(log, last.position);
        apply.apply(db, events).await?;
    }
    next.abort();
    Ok(())
}

/// Another node may have applied what this one has not read yet.
async fn read_up_to(log: &Log, to: Position, stop: &CancellationToken) -> Result<(), RebuildError> {
    let mut head = log.watch_head();
    log.wake();
    tokio::select! {
        () = stop.cancelled() => Err(RebuildError::Stopped),
        reached = timeout(BEHIND, head.wait_for(|head| *head >= to)) => match reached {
            Ok(_) => Ok(()),
            Err(_) => Err(RebuildError::Broken(format!("the log ends before {to}"))),
        },
    }
}

fn read(log: &Log, after: Position) -> JoinHandle<Result<Batch, ReadError>> {
    let log = log.clone();
    tokio::spawn(async move { log.read(after, BATCH).await })
}

fn before(events: &[Arc<RecordedEvent>], to: Position) -> &[Arc<RecordedEvent>] {
    &events[..events.partition_point(|event| event.position <= to)]
}

/// The checkpoint of the live rows.
pub(super) async fn live(db: &mut PgConnection, name: &str) -> Result<Checkpoint, RebuildError> {
    let checkpoint = sqlx::query_as!(
        Checkpoint,
        "select name, version, position, generation, state, error
         from projection_checkpoints where name = $1",
        name
    );
    checkpoint
        .fetch_optional(db)
        .await?
        .ok_or_else(|| RebuildError::Unknown(name.to_owned()))
}

/// The advisory lock of whoever rebuilds a projection, before it is hashed.
pub fn rebuild_lock(name: &str) -> String {
    format!("pantheon:rebuild:{name}")
}

/// The schema of what is being built.
pub(super) fn beside(name: &str) -> String {
    format!("rebuild_{name}")
}

/// The schema of a replay.
pub(super) fn scratch(name: &str) -> String {
    format!("scratch_{name}")
}

/// The schema of what was replaced.
pub(super) fn kept(name: &str) -> String {
    format!("old_{name}")
}
