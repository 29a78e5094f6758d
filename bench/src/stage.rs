//! The private Postgres, and how long everything takes.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use pantheon_embedded::{Postgres, PostgresOptions};
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection, Executor, PgConnection, PgPool};
use tempfile::TempDir;

/// Connections in the pool of every side.
pub const POOL: u32 = 16;

/// How much is done.
#[derive(Clone, Copy)]
pub struct Size {
    /// Rounds of each side; the median counts.
    pub rounds: usize,
    /// Before anything counts.
    pub warm_up: Duration,
    /// One round of one side.
    pub round: Duration,
    /// Heartbeats in the log that is folded anew.
    pub events: i64,
    /// Events that vanilla folds anew; its rate does not depend on their number.
    pub vanilla_events: i64,
    /// Events in the log that a node starts on.
    pub started_on: i64,
    /// Sizes of the log that commands are measured at, from small to large.
    pub logs: &'static [i64],
    /// Lengths of the streams that commands are measured at, from short to long.
    pub streams: &'static [i64],
    /// Events that are folded while memory is watched.
    pub watched: i64,
}

impl Size {
    pub const fn quick() -> Self {
        Self {
            rounds: 3,
            warm_up: Duration::from_millis(500),
            round: Duration::from_millis(1_500),
            events: 100_000,
            vanilla_events: 3_000,
            started_on: 100_000,
            logs: &[10_000, 200_000],
            streams: &[10, 1_000, 20_000],
            watched: 200_000,
        }
    }

    /// Shorter rounds, and logs of a million events where the full size has ten.
    pub const fn medium() -> Self {
        Self {
            rounds: 3,
            warm_up: Duration::from_secs(1),
            round: Duration::from_secs(4),
            events: 1_000_000,
            vanilla_events: 10_000,
            started_on: 1_000_000,
            logs: &[10_000, 1_000_000],
            streams: &[10, 1_000, 100_000],
            watched: 1_000_000,
        }
    }

    pub const fn full() -> Self {
        Self {
            rounds: 5,
            warm_up: Duration::from_secs(3),
            round: Duration::from_secs(10),
            events: 1_000_000,
            vanilla_events: 20_000,
            started_on: 1_000_000,
            logs: &[10_000, 1_000_000, 10_000_000],
            streams: &[10, 1_000, 100_000],
            watched: 10_000_000,
        }
    }
}

/// Where everything is measured.
pub struct Stage {
    postgres: Postgres,
    pub size: Size,
    dir: TempDir,
}

impl Stage {
    /// Starts Postgres with a new cluster, and makes sure that a commit is a commit.
    pub async fn open(dir: Option<&Path>, size: Size) -> Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("pantheon-bench-");
        let dir = match dir {
            Some(parent) => builder.tempdir_in(parent)?,
            None => builder.tempdir()?,
        };
        let options = PostgresOptions::new(dir.path().join("postgres"))
            .set("fsync", "on")
            .set("synchronous_commit", "on")
            .set("full_page_writes", "on")
            .set("shared_buffers", "256MB")
            .set("max_wal_size", "2GB");
        let stage = Self {
            postgres: Postgres::start(options).await?,
            size,
            dir,
        };
        stage.check().await?;
        Ok(stage)
    }

    async fn check(&self) -> Result<()> {
        let mut admin = self.admin().await?;
        for name in ["fsync", "synchronous_commit", "full_page_writes"] {
            let value: String = sqlx::query_scalar("select current_setting($1)")
                .bind(name)
                .fetch_one(&mut admin)
                .await?;
            ensure!(
                value == "on",
                "{name} is {value}: what is measured would not be durable"
            );
        }
        Ok(())
    }

    async fn admin(&self) -> Result<PgConnection> {
        Ok(PgConnection::connect(&self.postgres.url("postgres")).await?)
    }

    /// Makes an empty database; its URL.
    pub async fn database(&self, name: &str) -> Result<String> {
        let mut admin = self.admin().await?;
        admin
            .execute(format!("create database {name}").as_str())
            .await?;
        Ok(self.postgres.url(name))
    }

    /// The URL of a database.
    pub fn url(&self, name: &str) -> String {
        self.postgres.url(name)
    }

    /// Drops a database that nobody needs any more.
    pub async fn drop_database(&self, name: &str) -> Result<()> {
        let mut admin = self.admin().await?;
        admin
            .execute(format!("drop database {name} with (force)").as_str())
            .await?;
        Ok(())
    }

    /// A directory of the run.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub async fn close(mut self) -> Result<()> {
        self.postgres.stop().await?;
        Ok(self.dir.close()?)
    }
}

/// The pool of one side.
pub async fn pool(url: &str) -> Result<PgPool> {
    Ok(PgPoolOptions::new()
        .max_connections(POOL)
        .connect(url)
        .await?)
}
