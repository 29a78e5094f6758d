//! Asking a question: what it would cost first, then its rows as JSON, bounded in number and bytes.

use std::time::Duration;

use futures_util::TryStreamExt;
use pantheon_events::TenantId;
use serde_json::Value;
use serde_json::value::RawValue;
use sqlx::{PgConnection, Row};

use super::connect::begin;
use super::{Allowed, Console, ConsoleError, Kind};

/// Most rows of an answer.
pub const ROWS: usize = 1_000;
/// Most bytes of them.
const BYTES: usize = 1024 * 1024;
/// Postgres ends a statement after 5 s; this ends whatever does not listen to that.
const LIMIT: Duration = Duration::from_millis(5_200);

/// Rows, as JSON objects.
#[derive(Debug, Default)]
pub struct Answered {
    /// The rows.
    pub rows: Vec<Box<RawValue>>,
    /// Whether there were more.
    pub truncated: bool,
}

impl Console {
    /// The tenant's answer.
    ///
    /// # Errors
    /// See [`ConsoleError`].
    pub async fn run(&self, tenant: TenantId, query: &Allowed) -> Result<Answered, ConsoleError> {
        let most = self.inner.most_cost;
        self.ask(tenant, LIMIT, |db| answer(db, query, most)).await
    }

    /// Asks without looking at the question first, several statements in one text if there are, for
    /// tests of what stands behind that look. All values of all rows, as text.
    ///
    /// # Errors
    /// See [`ConsoleError`].
    #[doc(hidden)]
    pub async fn run_unguarded(
        &self,
        tenant: TenantId,
        sql: &str,
    ) -> Result<Vec<String>, ConsoleError> {
        let text = async |mut db: PgConnection| {
            begin(&mut db).await?;
            let rows = sqlx::raw_sql(sql).fetch_all(&mut db).await?;
            let values = rows.iter().flat_map(|row| {
                (0..row.len()).map(|n| {
                    let value = row.try_get_raw(n).ok();
                    let text = value.and_then(|value| value.as_str().map(str::to_owned).ok());
                    text.unwrap_or_default()
                })
            });
            Ok(values.collect())
        };
        self.ask(tenant, LIMIT, text).await
    }
}

async fn answer(
    mut db: PgConnection,
    query: &Allowed,
    most_cost: f64,
) -> Result<Answered, ConsoleError> {
    begin(&mut db).await?;
    let plan = match query.kind {
        Kind::Explain => return explained(&mut db, &query.sql).await,
        Kind::Rows => wrapped(&query.sql),
    };
    let cost = cost(&mut db, &plan).await?;
    if cost > most_cost {
        return Err(ConsoleError::TooExpensive(format!(
            "The planner expects a cost of {cost:.0}, and {most_cost:.0} is the most. Ask for less: by an index, a time, a limit."
        )));
    }
    let failed = |error| ConsoleError::in_query(error, BEFORE.len());
    let mut found = sqlx::query_scalar::<_, Option<String>>(&plan).fetch(&mut db);
    let mut answered = Answered::default();
    let mut bytes = 0;
    while let Some(row) = found.try_next().await.map_err(failed)? {
        let row = row.filter(|row| answered.rows.len() < ROWS && bytes + row.len() <= BYTES);
        let Some(row) = row else {
            answered.truncated = true;
            break;
        };
        bytes += row.len() + 1;
        answered.rows.push(json(row)?);
    }
    Ok(answered)
}

/// What stands before the question: a row too large for an answer is not even sent.
const BEFORE: &str = "select case when length(r.j) <= 1048576 then r.j end from \
                      (select row_to_json(q)::text as j from (";

fn wrapped(sql: &str) -> String {
    format!("{BEFORE}{sql}\n) as q limit {}) as r", ROWS + 1)
}

async fn cost(db: &mut PgConnection, plan: &str) -> Result<f64, ConsoleError> {
    let before = "explain (format json) ";
    let said: Value = sqlx::query_scalar(&format!("{before}{plan}"))
        .fetch_one(db)
        .await
        .map_err(|error| ConsoleError::in_query(error, before.len() + BEFORE.len()))?;
    Ok(said[0]["Plan"]["Total Cost"]
        .as_f64()
        .unwrap_or(f64::INFINITY))
}

async fn explained(db: &mut PgConnection, sql: &str) -> Result<Answered, ConsoleError> {
    let lines: Vec<String> = sqlx::query_scalar(sql)
        .fetch_all(db)
        .await
        .map_err(|error| ConsoleError::in_query(error, 0))?;
    let row = |line: String| json(serde_json::json!({ "QUERY PLAN": line }).to_string());
    let truncated = lines.len() > ROWS;
    let rows = lines.into_iter().take(ROWS).map(row);
    Ok(Answered {
        rows: rows.collect::<Result<_, _>>()?,
        truncated,
    })
}

fn json(text: String) -> Result<Box<RawValue>, ConsoleError> {
    RawValue::from_string(text).map_err(|error| ConsoleError::Failed(error.to_string()))
}
