//! Heartbeats that left no event still count for liveness, on every node.

use chrono::{DateTime, Utc};
use pantheon_log::Pool;

/// Notes when members were heard, all with one statement. Notes are kept forward only, whatever
/// order the nodes write in. No id may occur twice.
///
/// # Errors
/// Postgres refused or did not answer.
pub async fn note_heard(
    pool: &Pool,
    ids: &[String],
    times: &[DateTime<Utc>],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into public.agent_liveness (agent_id, heard_at) \
         select * from unnest($1::text[], $2::timestamptz[]) as heard(id, at) order by heard.id \
         on conflict (agent_id) do update set heard_at = excluded.heard_at \
         where agent_liveness.heard_at < excluded.heard_at",
        ids,
        times,
    )
    .execute(pool)
    .await?;
    Ok(())
}
