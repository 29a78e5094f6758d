//! The usual table, which gives each event a number of an identity column, and the usual reader of it:
//! what the log must be better than. A test that its reader passes as well shows nothing.

use anyhow::Result;
use rand::Rng;
use rand::rngs::StdRng;
use sqlx::{Connection, PgConnection};
use tokio::task::JoinSet;

use crate::{Database, Seed};

const WRITERS: u64 = 4;

/// What became of a run.
#[derive(Clone, Copy, Debug)]
pub struct Naive {
    /// Events that were committed.
    pub committed: usize,
    /// Events that the reader saw.
    pub seen: usize,
}

impl Naive {
    /// Four writers, one event each at a time, one in twenty rolled back, and a reader that asks for
    /// what is behind the last number it saw.
    ///
    /// # Errors
    /// The database refused.
    pub async fn run(database: &Database, events: u64, seed: Seed) -> Result<Self> {
        let mut own = PgConnection::connect_with(&database.connect_options()?).await?;
        let table = "create table naive (position bigint generated always as identity)";
        sqlx::query(table).execute(&mut own).await?;
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let connection = PgConnection::connect_with(&database.connect_options()?).await?;
            writers.spawn(write(
                connection,
                events / WRITERS,
                seed.random(3_000 + writer),
            ));
        }
        let next = "select position from naive where position > $1 order by position";
        let (mut last, mut seen) = (0_i64, 0_usize);
        let mut done = false;
        while !done {
            // Looked at before the read, so that the last read sees everything.
            while let Some(ended) = writers.try_join_next() {
                ended??;
            }
            done = writers.is_empty();
            let new: Vec<i64> = sqlx::query_scalar(next)
                .bind(last)
                .fetch_all(&mut own)
                .await?;
            last = new.last().copied().unwrap_or(last);
            seen += new.len();
        }
        let committed: i64 = sqlx::query_scalar("select count(*) from naive")
            .fetch_one(&mut own)
            .await?;
        Ok(Self {
            committed: usize::try_from(committed)?,
            seen,
        })
    }

    /// How many it never saw and never will.
    #[must_use]
    pub fn lost(self) -> usize {
        self.committed - self.seen
    }
}

/// One of the writers: a number first, the commit later, some never.
async fn write(mut connection: PgConnection, events: u64, mut random: StdRng) -> Result<()> {
    for _ in 0..events {
        let mut transaction = connection.begin().await?;
        sqlx::query("insert into naive default values")
            .execute(&mut *transaction)
            .await?;
        sqlx::query("select 1").execute(&mut *transaction).await?;
        match random.random_bool(0.05) {
            true => transaction.rollback().await?,
            false => transaction.commit().await?,
        }
    }
    Ok(())
}
