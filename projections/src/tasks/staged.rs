//! The tasks of the deployment pipeline: those whose metadata name one of its stages.

use chrono::{DateTime, Utc};
use pantheon_events::TenantId;
use serde_json::Value;
use uuid::Uuid;

use crate::query::cursor;
use crate::query::{QueryError, Reads};

/// The stages of the pipeline, in their order.
const STAGES: [&str; 7] = [
    "preparation",
    "docker-ecr",
    "vpc-networking",
    "ecs-alb-redis",
    "ecs-deployment",
    "frontend-integration",
    "ssl-validation",
];

/// A task of a stage.
#[derive(Clone, Debug)]
#[expect(
    missing_docs,
    reason = "the columns; migrations/0020_tasks.sql says what they hold"
)]
pub struct StagedTask {
    pub id: Uuid,
    pub user_id: Uuid,
    pub name: String,
    pub status: String,
    pub progress: i32,
    pub assigned_to: Option<String>,
    pub issue_number: Option<i64>,
    pub metadata: Value,
    pub error_message: Option<String>,
    pub started_at: Option<DateTime<Utc>>,
    /// When it was completed, failed or was cancelled.
    pub ended_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    /// Whether another task keeps it from starting.
    pub held_back: bool,
}

/// A page of a tenant's tasks in stages, in the order they were made, and where the next one starts.
///
/// # Errors
/// The cursor is of another list; Postgres did not answer.
pub async fn staged(
    reads: &Reads,
    tenant: TenantId,
    after: Option<&str>,
    limit: i64,
) -> Result<(Vec<StagedTask>, Option<String>), QueryError> {
    let after: Option<(DateTime<Utc>, Uuid)> = after.map(cursor::decode).transpose()?;
    let stages = STAGES.map(str::to_owned);
    let mut rows = sqlx::query_as!(
        StagedTask,
        r#"select t.id, t.user_id, t.name, t.status, t.progress, t.assigned_to, t.issue_number,
             t.metadata, t.error_message, t.started_at,
             coalesce(t.completed_at, t.failed_at, t.cancelled_at) as ended_at, t.created_at,
             exists (
               select from task_dependencies d join tasks o on o.id = d.depends_on_task_id
               where d.task_id = t.id and not d.removed
                 and ((d.dependency_type = 'finish_to_start' and o.status <> 'completed')
                   or (d.dependency_type = 'start_to_start' and o.attempt = 0))) as "held_back!"
           from tasks t
           where t.tenant = $1 and t.metadata ? 'stage' and t.metadata ->> 'stage' = any($2)
             and ($3::timestamptz is null or (t.created_at, t.id) > ($3, $4))
           order by t.created_at, t.id limit $5"#,
        tenant.as_uuid(),
        &stages,
        after.map(|(at, _)| at),
        after.map(|(_, id)| id),
        limit + 1,
    )
    .fetch_all(reads.pool())
    .await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| more);
    let next = last.map(|last| cursor::encode(&(last.created_at, last.id)));
    Ok((rows, next))
}
