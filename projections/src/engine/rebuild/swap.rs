//! Putting built rows in the place of the live ones, and back.
//!
//! The checkpoint's row is locked first (no batch is applied meanwhile), then the tables, with a
//! time-out shorter than Postgres' deadlock check: a reader is never the victim, and new readers
//! never queue for long behind a swap that waits for an old one.

use std::time::Duration;

use pantheon_events::Position;
use serde::{Deserialize, Serialize};
use sqlx::{Connection, PgConnection};
use tokio_util::sync::CancellationToken;

use super::build::{Build, beside, fill, kept};
use super::error::is_lock_timeout;
use super::{RebuildError, RebuildReport, schema};
use crate::engine::checkpoint::Checkpoint;
use crate::engine::parked::{self, ParkedStream};

const TRIES: u32 = 60;
const PAUSE: Duration = Duration::from_millis(250);

/// What a swap replaced.
#[derive(Debug, Serialize, Deserialize)]
struct Replaced {
    version: i32,
    position: Position,
    parked: Vec<ParkedStream>,
}

pub(super) async fn swap(
    build: &mut Build,
    report: &mut RebuildReport,
    stop: &CancellationToken,
) -> Result<(), RebuildError> {
    for _ in 0..TRIES {
        build.catch_up(stop).await?;
        let before = (build.apply.reached, build.apply.parked.clone());
        match attempt(build, stop).await {
            Ok(()) => {
                report.position = build.apply.reached;
                report.parked = build.apply.parked.to_vec();
                return Ok(());
            }
            Err(RebuildError::Database(error)) if is_lock_timeout(&error) => {
                (build.apply.reached, build.apply.parked) = before;
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(error),
        }
    }
    Err(RebuildError::InUse(build.spec().name.to_owned()))
}

async fn attempt(build: &mut Build, stop: &CancellationToken) -> Result<(), RebuildError> {
    let (spec, id) = (build.spec(), build.id());
    let mut transaction = build.db.begin().await?;
    let mut checkpoint = locked(&mut transaction, spec.name).await?;
    let to = Position::new(checkpoint.position);
    fill(&build.log, &mut build.apply, &mut transaction, to, stop).await?;
    let replaced = Replaced {
        version: checkpoint.version,
        position: to,
        parked: parked::list(&mut transaction, spec.name).await?,
    };
    lock_tables(&mut transaction, spec.tables).await?;
    schema::drop(&mut transaction, &kept(spec.name)).await?;
    schema::run(
        &mut transaction,
        &format!("create schema \"{}\"", kept(spec.name)),
    )
    .await?;
    for table in spec.tables {
        schema::move_table(&mut transaction, "read", table, &kept(spec.name)).await?;
        schema::move_table(&mut transaction, &beside(spec.name), table, "read").await?;
    }
    schema::drop(&mut transaction, &beside(spec.name)).await?;
    parked::replace_all(&mut transaction, spec.name, &build.apply.parked.to_vec()).await?;
    checkpoint.version = spec.version;
    checkpoint.position = build.apply.reached.get();
    checkpoint.replace(&mut transaction).await?;
    let replaced =
        serde_json::to_value(&replaced).map_err(|error| RebuildError::Broken(error.to_string()))?;
    sqlx::query!(
        "update projection_rebuilds set state = 'swapped', replaced = $2 where id = $1",
        id,
        replaced
    )
    .execute(&mut *transaction)
    .await?;
    Ok(transaction.commit().await?)
}

/// Puts the rows of before the last swap back.
pub(super) async fn roll_back(build: &mut Build) -> Result<(), RebuildError> {
    for _ in 0..TRIES {
        match attempt_back(build).await {
            Err(RebuildError::Database(error)) if is_lock_timeout(&error) => {
                tokio::time::sleep(PAUSE).await;
            }
            result => return result,
        }
    }
    Err(RebuildError::InUse(build.spec().name.to_owned()))
}

async fn attempt_back(build: &mut Build) -> Result<(), RebuildError> {
    let spec = build.spec();
    let mut transaction = build.db.begin().await?;
    let mut checkpoint = locked(&mut transaction, spec.name).await?;
    let (id, replaced) = last_swap(&mut transaction, spec.name).await?;
    lock_tables(&mut transaction, spec.tables).await?;
    for table in spec.tables {
        // A view of the console goes along, and is made anew for the next question.
        let drop = format!("drop table read.\"{table}\" cascade");
        schema::run(&mut transaction, &drop).await?;
        schema::move_table(&mut transaction, &kept(spec.name), table, "read").await?;
    }
    schema::drop(&mut transaction, &kept(spec.name)).await?;
    parked::replace_all(&mut transaction, spec.name, &replaced.parked).await?;
    checkpoint.version = replaced.version;
    checkpoint.position = replaced.position.get();
    checkpoint.replace(&mut transaction).await?;
    if replaced.version != spec.version {
        // This build would only bring its own rows back at once.
        let why = format!(
            "rolled back to version {}; resume with that build",
            replaced.version
        );
        Checkpoint::set_state(&mut transaction, spec.name, "paused", Some(&why)).await?;
    }
    sqlx::query!(
        "update projection_rebuilds set state = 'rolled_back' where id = $1",
        id
    )
    .execute(&mut *transaction)
    .await?;
    Ok(transaction.commit().await?)
}

async fn last_swap(db: &mut PgConnection, name: &str) -> Result<(i64, Replaced), RebuildError> {
    let last = sqlx::query!(
        "select id, state, replaced from projection_rebuilds
         where projection = $1 and state in ('swapped', 'rolled_back') order by id desc limit 1",
        name
    )
    .fetch_optional(db)
    .await?
    .filter(|last| last.state == "swapped");
    let (id, replaced) = last
        .and_then(|last| Some((last.id, last.replaced?)))
        .ok_or_else(|| RebuildError::NothingKept(name.to_owned()))?;
    let replaced = serde_json::from_value(replaced)
        .map_err(|error| RebuildError::Broken(error.to_string()))?;
    Ok((id, replaced))
}

async fn locked(db: &mut PgConnection, name: &str) -> Result<Checkpoint, RebuildError> {
    let checkpoint = Checkpoint::lock(db, name).await?;
    checkpoint.ok_or_else(|| RebuildError::Unknown(name.to_owned()))
}

async fn lock_tables(db: &mut PgConnection, tables: &[&str]) -> Result<(), sqlx::Error> {
    schema::run(db, "set local lock_timeout = '300ms'").await?;
    let tables = tables
        .iter()
        .map(|table| format!("read.\"{table}\""))
        .collect::<Vec<_>>();
    schema::run(
        db,
        &format!("lock table {} in access exclusive mode", tables.join(", ")),
    )
    .await
}
