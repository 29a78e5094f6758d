//! What may be asked about, and how much there is of it.

use std::collections::BTreeMap;
use std::time::Duration;

use pantheon_events::TenantId;
use serde::Serialize;
use serde_json::Value;

use super::connect::begin;
use super::{Console, ConsoleError};

const LIMIT: Duration = Duration::from_secs(5);

/// A column of a view.
#[derive(Clone, Debug, Serialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, as Postgres calls it.
    pub r#type: String,
}

/// The views, and how many rows the planner expects a tenant to have in them.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// The database's name.
    pub database: String,
    /// Whose the views are.
    pub owner: String,
    /// The columns of each view.
    pub columns: BTreeMap<String, Vec<Column>>,
    /// Rows of each view.
    pub rows: BTreeMap<String, i64>,
    /// All of them, in bytes.
    pub bytes: i64,
}

impl Console {
    /// What a tenant may ask about. Sizes are the planner's.
    ///
    /// # Errors
    /// See [`ConsoleError`].
    pub async fn shape(&self, tenant: TenantId) -> Result<Shape, ConsoleError> {
        self.ask(tenant, LIMIT, async |mut db| {
            begin(&mut db).await?;
            let columns: Vec<(String, String, String)> = sqlx::query_as(
                "select c.table_name::text, c.column_name::text, c.data_type::text \
                 from information_schema.columns c where c.table_schema = 'console' \
                 order by c.table_name, c.ordinal_position",
            )
            .fetch_all(&mut db)
            .await?;
            let mut shape = Shape::default();
            (shape.database, shape.owner) = sqlx::query_as(
                "select current_database()::text, coalesce(max(v.viewowner)::text, '') \
                 from pg_catalog.pg_views v where v.schemaname = 'console'",
            )
            .fetch_one(&mut db)
            .await?;
            for (view, name, kind) in columns {
                let column = Column { name, r#type: kind };
                shape.columns.entry(view).or_default().push(column);
            }
            for view in shape.columns.keys() {
                let plan = format!("explain (format json) select * from console.\"{view}\"");
                let said: Value = sqlx::query_scalar(&plan).fetch_one(&mut db).await?;
                let number = |name: &str| said[0]["Plan"][name].as_i64().unwrap_or_default();
                let rows = number("Plan Rows");
                shape.bytes += rows * number("Plan Width");
                shape.rows.insert(view.clone(), rows);
            }
            Ok(shape)
        })
        .await
    }
}
