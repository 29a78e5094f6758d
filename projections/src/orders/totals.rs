//! How many orders there are, and what they come to.

use pantheon_events::TenantId;

use crate::query::{QueryError, Reads};

/// The orders in one status and currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Total {
    /// The status.
    pub status: String,
    /// The currency.
    pub currency: String,
    /// How many.
    pub count: i64,
    /// Their amounts together, in minor units, as decimal digits.
    pub sum_minor: String,
}

/// The tenant's orders, or one user's, by status and currency.
///
/// # Errors
/// Postgres did not answer.
pub async fn totals(
    reads: &Reads,
    tenant: TenantId,
    user_id: Option<&str>,
) -> Result<Vec<Total>, QueryError> {
    let rows = sqlx::query_as!(
        Total,
        r#"select status, currency, count(*) as "count!", sum(total_minor)::text as "sum_minor!"
           from orders where tenant = $1 and ($2::text is null or user_id = $2)
           group by status, currency order by status, currency"#,
        tenant.as_uuid(),
        user_id,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}
