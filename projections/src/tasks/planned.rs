//! The tasks of plans.

use chrono::{DateTime, Utc};
use pantheon_events::{PlanId, TenantId};
use serde_json::Value;
use uuid::Uuid;

use crate::query::{QueryError, Reads};

/// How a task of a plan is.
#[derive(Clone, Debug)]
#[expect(
    missing_docs,
    reason = "the columns; migrations/0020_tasks.sql says what they hold"
)]
pub struct PlansTask {
    pub id: Uuid,
    pub status: String,
    pub started_at: Option<DateTime<Utc>>,
    /// When it was completed, failed or was cancelled.
    pub ended_at: Option<DateTime<Utc>>,
    pub error_message: Option<String>,
    pub result: Option<Value>,
    pub updated_at: DateTime<Utc>,
}

/// The tasks of these plans, in no order; those that were deleted are not among them.
///
/// # Errors
/// Postgres did not answer.
pub async fn of_plans(
    reads: &Reads,
    tenant: TenantId,
    plans: &[Uuid],
) -> Result<Vec<PlansTask>, QueryError> {
    let rows = sqlx::query_as!(
        PlansTask,
        "select id, status, started_at, \
         coalesce(completed_at, failed_at, cancelled_at) as ended_at, error_message, result, \
         updated_at from tasks where plan_id = any($1) and tenant = $2",
        plans,
        tenant.as_uuid(),
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}

/// How many tasks of a plan are not completed.
///
/// # Errors
/// Postgres did not answer.
pub async fn uncompleted(reads: &Reads, tenant: TenantId, plan: PlanId) -> Result<i64, QueryError> {
    let open = sqlx::query_scalar!(
        r#"select count(*) as "open!" from tasks
           where plan_id = $1 and tenant = $2 and status <> 'completed'"#,
        plan.as_uuid(),
        tenant.as_uuid(),
    )
    .fetch_one(reads.pool())
    .await?;
    Ok(open)
}
