//! Tables that only grow: activity, logs, history.

use sqlx::PgConnection;

use super::{ProjectError, Record, sql};

/// Most rows in one statement.
pub(super) const CHUNK: usize = 10_000;

/// Rows to be inserted, one statement for all.
#[derive(Debug)]
pub struct Appended<R> {
    rows: Vec<R>,
}

impl<R> Default for Appended<R> {
    fn default() -> Self {
        Self { rows: Vec::new() }
    }
}

impl<R: Record> Appended<R> {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row.
    pub fn push(&mut self, mut row: R) {
        row.settle();
        self.rows.push(row);
    }

    /// Inserts what was added. A row that is already there is an error: every event is applied once.
    ///
    /// # Errors
    /// Postgres refused or did not answer.
    pub async fn save(&mut self, db: &mut PgConnection) -> Result<(), ProjectError> {
        for rows in self.rows.chunks(CHUNK) {
            sqlx::query(&sql::insert::<R>())
                .bind(sql::argument::<R>(rows)?)
                .execute(&mut *db)
                .await?;
        }
        self.rows.clear();
        Ok(())
    }
}
