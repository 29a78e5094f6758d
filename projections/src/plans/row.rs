//! One plan.

use chrono::{DateTime, Utc};
use pantheon_events::plans::PlanTask;
use serde_json::Value;
use uuid::Uuid;

use crate::engine::Fault;

crate::row! {
    /// One plan.
    #[derive(Debug, sqlx::FromRow)]
    #[expect(missing_docs, reason = "the columns; migrations/0210_plans.sql says what they hold")]
    pub struct PlanRow in "plans" key (id: Uuid) {
        pub id: Uuid,
        pub tenant: Uuid,
        pub name: String,
        pub description: Option<String>,
        pub status: String,
        pub issue_number: Option<i64>,
        pub repository_id: Option<Uuid>,
        pub workflow_id: Option<Uuid>,
        pub created_by: String,
        pub tasks: Value,
        pub error: Option<String>,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }
}

impl PlanRow {
    /// What it is made of.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn planned(&self) -> Result<Vec<PlanTask>, Fault> {
        serde_json::from_value(self.tasks.clone())
            .map_err(|error| Fault::new(format!("the tasks of plan {}: {error}", self.id)))
    }
}
