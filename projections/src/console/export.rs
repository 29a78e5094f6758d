//! All rows of some views in a file.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::TryStreamExt;
use pantheon_events::database::ExportFormat;
use pantheon_events::{ExportId, TenantId};
use sqlx::{Executor, PgConnection};

use super::connect::begin;
use super::{Console, ConsoleError};
use crate::database::File;
use crate::{QueryError, Reads};

/// Most rows of an export.
pub const MOST_ROWS: i64 = 1_000_000;
/// An export may take longer than a question.
const LIMIT: Duration = Duration::from_secs(600);

/// A finished export.
#[derive(Clone, Debug)]
pub struct Exported {
    /// The views in it.
    pub tables: Vec<String>,
    /// Their rows.
    pub rows: i64,
    /// The file's size.
    pub bytes: i64,
}

impl Console {
    /// Writes a tenant's rows of these views – of all when none is named – to the export's file.
    ///
    /// # Errors
    /// See [`ConsoleError`].
    pub async fn export(
        &self,
        tenant: TenantId,
        id: ExportId,
        tables: &[String],
        format: ExportFormat,
    ) -> Result<Exported, ConsoleError> {
        let reads = self.inner.reads.clone();
        let write = |db| write(db, reads, id, tables, format);
        self.ask(tenant, LIMIT, write).await
    }
}

async fn write(
    mut db: PgConnection,
    reads: Reads,
    id: ExportId,
    tables: &[String],
    format: ExportFormat,
) -> Result<Exported, ConsoleError> {
    db.execute("set statement_timeout = '10min'").await?;
    begin(&mut db).await?;
    let there: Vec<String> = sqlx::query_scalar(
        "select table_name::text from information_schema.views where table_schema = 'console' order by 1",
    )
    .fetch_all(&mut db)
    .await?;
    let wanted: BTreeSet<_> = tables.iter().collect();
    let tables: Vec<String> = there
        .into_iter()
        .filter(|name| wanted.is_empty() || wanted.contains(name))
        .collect();
    let mut file = File::begin(&reads, id).await?;
    let mut rows = 0;
    for table in &tables {
        rows += table_rows(&mut db, &mut file, table, format, rows).await?;
    }
    let bytes = file.end().await?;
    Ok(Exported {
        tables,
        rows,
        bytes,
    })
}

async fn table_rows(
    db: &mut PgConnection,
    file: &mut File,
    table: &str,
    format: ExportFormat,
    before: i64,
) -> Result<i64, ConsoleError> {
    let mut rows = 0;
    let mut count = || {
        rows += 1;
        match before + rows > MOST_ROWS {
            true => Err(ConsoleError::Failed(format!(
                "There are more than {MOST_ROWS} rows. Name fewer tables."
            ))),
            false => Ok(()),
        }
    };
    match format {
        ExportFormat::Ndjson => {
            let sql = format!("select row_to_json(q)::text from console.\"{table}\" as q");
            let mut found = sqlx::query_scalar::<_, String>(&sql).fetch(db);
            while let Some(row) = found.try_next().await? {
                count()?;
                let line = format!("{{\"table\":\"{table}\",\"row\":{row}}}\n");
                file.write(line.as_bytes()).await?;
            }
        }
        ExportFormat::Csv => {
            let sql = format!(
                "copy (select '{table}' as \"table\", q.* from console.\"{table}\" as q) \
                 to stdout with (format csv, header)"
            );
            let mut found = db.copy_out_raw(&sql).await?;
            // Postgres sends a line at a time, and the columns' names first.
            let mut line = found.try_next().await?;
            while let Some(text) = line {
                file.write(&text).await?;
                line = found.try_next().await?;
                if line.is_some() {
                    count()?;
                }
            }
        }
    }
    Ok(rows)
}

impl From<QueryError> for ConsoleError {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::Unavailable(error) | QueryError::Failed(error) => Self::from(error),
            other => Self::Failed(other.to_string()),
        }
    }
}
