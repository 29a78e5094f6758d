//! How many approvals there are.

use pantheon_events::TenantId;

use super::Viewer;
use crate::query::{QueryError, Reads};

/// The approvals of a tenant by status, or those that somebody asked for or may decide.
///
/// # Errors
/// Postgres did not answer.
pub async fn totals(
    reads: &Reads,
    tenant: TenantId,
    viewer: Option<&Viewer>,
) -> Result<Vec<(String, i64)>, QueryError> {
    let rows = sqlx::query!(
        r#"select status, count(*) as "count!" from approvals where tenant = $1
             and ($2::text is null or requester_id = $2 or $2 = any(named_users)
                  or $3::text = any(named_roles))
           group by status order by status"#,
        tenant.as_uuid(),
        viewer.map(|viewer| viewer.user_id.as_str()),
        viewer.map(|viewer| viewer.role.as_str()),
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.status, row.count))
        .collect())
}
