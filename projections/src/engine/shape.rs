//! What types a table's columns have. The generated statements name those of the few columns that
//! they pass: to build a whole record of the table for each row costs a look-up per column.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use sqlx::PgConnection;

use super::{ProjectError, Record};

/// The types of one table's columns, in the order of [`Record::COLUMNS`].
pub(super) type Shape = Arc<[String]>;

/// A migration may change a table only while no node runs that knows it.
static KNOWN: LazyLock<RwLock<HashMap<&'static str, Shape>>> = LazyLock::new(RwLock::default);

/// The types of the columns of `R`, asked for once.
pub(super) async fn of<R: Record>(db: &mut PgConnection) -> Result<Shape, ProjectError> {
    if let Some(known) = known(R::TABLE) {
        return Ok(known);
    }
    let shape = ask::<R>(db).await?;
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    known.insert(R::TABLE, Arc::clone(&shape));
    Ok(shape)
}

fn known(table: &str) -> Option<Shape> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    known.get(table).cloned()
}

async fn ask<R: Record>(db: &mut PgConnection) -> Result<Shape, ProjectError> {
    let table = format!("\"{}\"", R::TABLE);
    let found: HashMap<String, String> = sqlx::query_as::<_, (String, String)>(
        "select attname::text, format_type(atttypid, atttypmod) from pg_attribute
         where attrelid = $1::regclass and attnum > 0 and not attisdropped",
    )
    .bind(table)
    .fetch_all(db)
    .await?
    .into_iter()
    .collect();
    let types = R::COLUMNS.iter().map(|column| {
        let found = found.get(column.trim_start_matches("r#")).cloned();
        found.ok_or_else(|| ProjectError::Broken(format!("{} has no column {column}", R::TABLE)))
    });
    types.collect()
}
