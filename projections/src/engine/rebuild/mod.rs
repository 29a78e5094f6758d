//! Building a read model anew beside the live one.
//!
//! * **Shape**: the same projector, in large batches, on tables of the same shape in schema
//!   `rebuild_<name>`; then a comparison, then a swap. One rebuild per projection at a time.
//! * **Ordering**: the log's, from the first event, proved hole-free like everywhere (G4).
//! * **Delivery**: readers see the old rows until one transaction puts the new ones in their place;
//!   the old ones stay in `old_<name>` for the way back.
//! * **On failure**: nothing has changed for readers; what was built is dropped.
//!
//! A replay is the first half of it: the rows as they were at some position, in `scratch_<name>`.

mod build;
mod compare;
mod error;
mod report;
mod schema;
mod swap;

use std::sync::Arc;
use std::time::Instant;

use pantheon_events::Position;
use pantheon_log::Log;
use tokio_util::sync::CancellationToken;

pub use error::RebuildError;
pub use report::{RebuildReport, ReplayReport, TableCount, TableReport};

use super::Projector;
pub(super) use build::rebuild_lock;
use build::{Build, beside, scratch};

/// What a rebuild is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// Compare, then replace the live rows.
    Replace,
    /// Compare only.
    Verify,
    /// Rows of a new version: other rows are expected, so nothing is compared.
    Renew,
}

/// A rebuild of one projection. Every call works in a task of its own, so that a caller who hangs up
/// cuts nothing; `stop` ends it cleanly.
pub struct Rebuild {
    log: Log,
    projector: Arc<dyn Projector>,
}

impl Rebuild {
    /// Nothing is done yet.
    #[must_use]
    pub fn new(log: &Log, projector: Arc<dyn Projector>) -> Self {
        Self {
            log: log.clone(),
            projector,
        }
    }

    /// Builds, compares with the live rows at one position, and puts the new rows in their place
    /// whether they differ or not; the report says how they differed.
    ///
    /// # Errors
    /// See [`RebuildError`].
    pub async fn replace(self, stop: CancellationToken) -> Result<RebuildReport, RebuildError> {
        self.spawn(Purpose::Replace, stop).await
    }

    /// Builds, compares with the live rows at one position, and drops what was built.
    ///
    /// # Errors
    /// See [`RebuildError`].
    pub async fn verify(self, stop: CancellationToken) -> Result<RebuildReport, RebuildError> {
        self.spawn(Purpose::Verify, stop).await
    }

    /// Builds the rows of this build's version and puts them in place.
    pub(super) async fn renew(self, stop: CancellationToken) -> Result<(), RebuildError> {
        self.spawn(Purpose::Renew, stop).await.map(drop)
    }

    /// Puts the rows of before the last swap back. They are followed on from where they stood.
    ///
    /// # Errors
    /// See [`RebuildError`].
    pub async fn roll_back(self) -> Result<(), RebuildError> {
        let Self { log, projector } = self;
        let task = tokio::spawn(async move {
            let schema = beside(projector.spec().name);
            let mut build = Build::open(&log, projector, schema).await?;
            let result = swap::roll_back(&mut build).await;
            build.close().await;
            result
        });
        task.await
            .map_err(|error| RebuildError::Broken(error.to_string()))?
    }

    /// Builds the rows as they were after the event at `to` (the log's head when left out) in
    /// schema `scratch_<name>`, and leaves them there. The live rows are not touched.
    ///
    /// # Errors
    /// See [`RebuildError`].
    pub async fn replay(
        self,
        to: Option<Position>,
        stop: CancellationToken,
    ) -> Result<ReplayReport, RebuildError> {
        let Self { log, projector } = self;
        let head = log.head();
        let to = to.unwrap_or(head);
        if to > head {
            return Err(RebuildError::BeyondHead { to, head });
        }
        let task = tokio::spawn(async move {
            let schema = scratch(projector.spec().name);
            let mut build = Build::open(&log, projector, schema.clone()).await?;
            let result = replay(&mut build, schema, to, &stop).await;
            if let Err(error) = &result {
                build.failed(error).await;
            }
            build.close().await;
            result
        });
        task.await
            .map_err(|error| RebuildError::Broken(error.to_string()))?
    }

    async fn spawn(
        self,
        purpose: Purpose,
        stop: CancellationToken,
    ) -> Result<RebuildReport, RebuildError> {
        let Self { log, projector } = self;
        let task = tokio::spawn(async move {
            let schema = beside(projector.spec().name);
            let mut build = Build::open(&log, projector, schema).await?;
            let result = perform(&mut build, purpose, &stop).await;
            if let Err(error) = &result {
                if let RebuildError::Database(cause) = error {
                    tracing::warn!(projection = build.spec().name, %cause, "a rebuild failed");
                }
                build.failed(error).await;
            }
            build.close().await;
            result
        });
        task.await
            .map_err(|error| RebuildError::Broken(error.to_string()))?
    }
}

async fn perform(
    build: &mut Build,
    purpose: Purpose,
    stop: &CancellationToken,
) -> Result<RebuildReport, RebuildError> {
    let started = Instant::now();
    let kind = if purpose == Purpose::Verify {
        "verify"
    } else {
        "rebuild"
    };
    build.begin(kind).await?;
    build.catch_up(stop).await?;
    let mut report = RebuildReport::new(build.spec());
    if purpose != Purpose::Renew {
        report.tables = compare::compare(build, stop).await?;
    }
    report.position = build.apply.reached;
    report.parked = build.apply.parked.to_vec();
    report.swapped = purpose != Purpose::Verify;
    report.seconds = started.elapsed().as_secs_f64();
    if report.swapped {
        swap::swap(build, &mut report, stop).await?;
        report.seconds = started.elapsed().as_secs_f64();
    } else {
        build.discard().await?;
    }
    let state = if report.swapped {
        "swapped"
    } else {
        "verified"
    };
    build.finished(state, &report).await?;
    tracing::info!(
        projection = report.projection,
        position = %report.position,
        seconds = report.seconds,
        equal = report.is_equal(),
        swapped = report.swapped,
        "rebuilt beside the live rows"
    );
    Ok(report)
}

async fn replay(
    build: &mut Build,
    schema: String,
    to: Position,
    stop: &CancellationToken,
) -> Result<ReplayReport, RebuildError> {
    let started = Instant::now();
    build.begin("replay").await?;
    build.build_to(to, stop).await?;
    let spec = build.spec();
    let report = ReplayReport {
        projection: spec.name,
        version: spec.version,
        position: build.apply.reached,
        events: build.apply.reached.get(),
        seconds: started.elapsed().as_secs_f64(),
        schema,
        tables: build.counts().await?,
        parked: build.apply.parked.to_vec(),
    };
    build.finished("kept", &report).await?;
    Ok(report)
}
