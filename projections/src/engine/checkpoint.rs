//! Where a projection stands, as Postgres keeps it. The row is also the projection's lock.

use pantheon_events::Position;
use pantheon_log::Pool;
use sqlx::PgConnection;

use super::ProjectionSpec;

/// One row of `projection_checkpoints`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Checkpoint {
    pub name: String,
    pub version: i32,
    pub position: i64,
    /// Grows with every step that is not a batch.
    pub generation: i64,
    pub state: String,
    pub error: Option<String>,
}

impl Checkpoint {
    /// The stored row; made, at the beginning of the log, when there is none.
    pub async fn open(pool: &Pool, spec: &ProjectionSpec) -> Result<Self, sqlx::Error> {
        sqlx::query!(
            "insert into projection_checkpoints (name, version) values ($1, $2) on conflict do nothing",
            spec.name,
            spec.version
        )
        .execute(pool)
        .await?;
        sqlx::query_as!(
            Self,
            "select name, version, position, generation, state, error
             from projection_checkpoints where name = $1",
            spec.name
        )
        .fetch_one(pool)
        .await
    }

    /// Everything that is stored.
    pub async fn all(pool: &Pool) -> Result<Vec<Self>, sqlx::Error> {
        sqlx::query_as!(
            Self,
            "select name, version, position, generation, state, error
             from projection_checkpoints order by name"
        )
        .fetch_all(pool)
        .await
    }

    /// Locks the row until the transaction ends: no batch is applied meanwhile.
    pub async fn lock(db: &mut PgConnection, name: &str) -> Result<Option<Self>, sqlx::Error> {
        sqlx::query_as!(
            Self,
            "select name, version, position, generation, state, error
             from projection_checkpoints where name = $1 for update",
            name
        )
        .fetch_optional(db)
        .await
    }

    /// Compare and swap, before any row is touched. False = somebody else was here: look again.
    pub async fn advance(&self, db: &mut PgConnection, to: Position) -> Result<bool, sqlx::Error> {
        let done = sqlx::query!(
            "update projection_checkpoints set position = $1, updated_at = clock_timestamp()
             where name = $2 and position = $3 and generation = $4 and state = 'running'",
            to.get(),
            self.name,
            self.position,
            self.generation
        )
        .execute(db)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Sets the state; everybody who works with the row looks again. False = no such projection.
    pub async fn set_state(
        db: &mut PgConnection,
        name: &str,
        state: &str,
        error: Option<&str>,
    ) -> Result<bool, sqlx::Error> {
        let done = sqlx::query!(
            "update projection_checkpoints set state = $2, error = $3, generation = generation + 1,
                 updated_at = clock_timestamp()
             where name = $1",
            name,
            state,
            error
        )
        .execute(db)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Stores the position after a step that is not a batch.
    pub async fn replace(&self, db: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "update projection_checkpoints set version = $2, position = $3,
                 generation = generation + 1, updated_at = clock_timestamp()
             where name = $1",
            self.name,
            self.version,
            self.position
        )
        .execute(db)
        .await
        .map(drop)
    }
}

/// A checkpoint that only moved over events which touch no rows.
#[derive(Debug)]
pub(super) struct Moved {
    pub name: String,
    pub from: i64,
    pub generation: i64,
    pub to: i64,
}

/// Stores checkpoints that moved without rows, all in one statement; rows that somebody is working
/// with are left for the next time. Gives the names that were stored.
pub(super) async fn store(pool: &Pool, moved: &[Moved]) -> Result<Vec<String>, sqlx::Error> {
    let names: Vec<String> = moved.iter().map(|moved| moved.name.clone()).collect();
    let column = |value: fn(&Moved) -> i64| moved.iter().map(value).collect::<Vec<i64>>();
    sqlx::query_scalar!(
        "with free as (
             select c.name, m.upto
             from projection_checkpoints c
             join unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[])
                  as m(name, position, generation, upto)
               on c.name = m.name and c.position = m.position and c.generation = m.generation
             where c.state = 'running'
             for update of c skip locked
         )
         update projection_checkpoints c set position = free.upto, updated_at = clock_timestamp()
         from free where c.name = free.name
         returning c.name",
        &names,
        &column(|moved| moved.from),
        &column(|moved| moved.generation),
        &column(|moved| moved.to)
    )
    .fetch_all(pool)
    .await
}
