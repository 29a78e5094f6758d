//! What processes and claims ask: attempts that took too long, what an agent holds, what is ready.

use chrono::{DateTime, Utc};
use pantheon_events::{AgentId, Position, TenantId};
use uuid::Uuid;

use crate::query::{QueryError, Reads};

/// A running attempt whose time is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostAttempt {
    /// Whose task.
    pub tenant: Uuid,
    /// The task.
    pub id: Uuid,
    /// Which attempt, from 1.
    pub attempt: i32,
    /// The event that started it.
    pub attempt_event: Option<Uuid>,
    /// How long it was allowed to take.
    pub timeout_seconds: i32,
}

/// A task that an agent works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldTask {
    /// The task.
    pub id: Uuid,
    /// Which attempt, from 1.
    pub attempt: i32,
}

/// Who wants a task.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// The agent.
    pub agent: &'a AgentId,
    /// Its catalogue id.
    pub agent_type: &'a str,
    /// What it can do.
    pub capabilities: &'a [String],
}

/// Attempts whose time is over, the longest overdue first.
///
/// # Errors
/// Postgres did not answer.
pub async fn lost_attempts(
    reads: &Reads,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<LostAttempt>, QueryError> {
    let rows = sqlx::query_as!(
        LostAttempt,
        "select tenant, id, attempt, attempt_event, timeout_seconds from tasks \
         where status = 'running' and deadline <= $1 order by deadline limit $2",
        now,
        limit,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}

/// What an agent works on since `before` or longer: an attempt that it started later is not meant by
/// something that happened to it then.
///
/// # Errors
/// Postgres did not answer.
pub async fn held_by(
    reads: &Reads,
    tenant: TenantId,
    agent: &AgentId,
    before: Position,
) -> Result<Vec<HeldTask>, QueryError> {
    let rows = sqlx::query_as!(
        HeldTask,
        "select id, attempt from tasks \
         where tenant = $1 and assigned_to = $2 and status = 'running' and attempt_position < $3",
        tenant.as_uuid(),
        agent.as_str(),
        before.get(),
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}

/// Tasks that the agent could take now, in the list's order, without those of `tried`.
///
/// # Errors
/// Postgres did not answer.
pub async fn ready_for(
    reads: &Reads,
    tenant: TenantId,
    who: &Wanted<'_>,
    now: DateTime<Utc>,
    tried: &[Uuid],
    limit: i64,
) -> Result<Vec<Uuid>, QueryError> {
    let rows = sqlx::query_scalar!(
        "select t.id from tasks t \
         where t.tenant = $1 and t.status = 'pending' \
           and (t.assigned_to is null or t.assigned_to = $2) \
           and (t.agent_type is null or t.agent_type = $3) \
           and (t.required_capability is null or t.required_capability = any($4)) \
           and (t.ready_at is null or t.ready_at <= $5) \
           and t.id <> all($6) \
           and not exists ( \
             select from task_dependencies d join tasks o on o.id = d.depends_on_task_id \
             where d.task_id = t.id and not d.removed \
               and ((d.dependency_type = 'finish_to_start' and o.status <> 'completed') \
                 or (d.dependency_type = 'start_to_start' and o.attempt = 0))) \
         order by t.priority, t.created_at desc, t.id desc limit $7",
        tenant.as_uuid(),
        who.agent.as_str(),
        who.agent_type,
        who.capabilities,
        now,
        tried,
        limit,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}
