//! Comparing the live rows with the built ones at one position, without stopping the live ones: in
//! one snapshot, the stored checkpoint says which position the live rows are at, and the built rows
//! are brought to exactly that one.

use pantheon_events::Position;
use sqlx::{Connection, PgConnection};
use tokio_util::sync::CancellationToken;

use super::build::{Build, beside, fill, live};
use super::{RebuildError, TableReport, schema};

pub(super) async fn compare(
    build: &mut Build,
    stop: &CancellationToken,
) -> Result<Vec<TableReport>, RebuildError> {
    let spec = build.spec();
    let mut snapshot = build.db.begin().await?;
    sqlx::query("set transaction isolation level repeatable read")
        .execute(&mut *snapshot)
        .await?;
    let to = Position::new(live(&mut snapshot, spec.name).await?.position);
    fill(&build.log, &mut build.apply, &mut snapshot, to, stop).await?;
    let mut reports = Vec::with_capacity(spec.tables.len());
    for table in spec.tables {
        reports.push(table_report(&mut snapshot, &beside(spec.name), table).await?);
    }
    snapshot.commit().await?;
    Ok(reports)
}

async fn table_report(
    db: &mut PgConnection,
    schema: &str,
    table: &'static str,
) -> Result<TableReport, RebuildError> {
    let (live, built) = (
        format!("read.\"{table}\""),
        format!("\"{schema}\".\"{table}\""),
    );
    let (only_live, live_examples) = only(db, &live, &built).await?;
    let (only_rebuilt, rebuilt_examples) = only(db, &built, &live).await?;
    let rows = schema::count(db, schema, table).await?;
    let examples = serde_json::json!({ "live": live_examples, "rebuilt": rebuilt_examples });
    Ok(TableReport {
        table,
        rows,
        only_live,
        only_rebuilt,
        examples,
    })
}

/// Rows of `a` that `b` does not have: how many, and some of them.
async fn only(
    db: &mut PgConnection,
    a: &str,
    b: &str,
) -> Result<(i64, serde_json::Value), sqlx::Error> {
    sqlx::query_as(&format!(
        "select count(*), coalesce(jsonb_agg(to_jsonb(d)) filter (where n <= 5), '[]')
         from (select d, row_number() over () as n
               from (select * from {a} except all select * from {b}) d) numbered"
    ))
    .fetch_one(db)
    .await
}
