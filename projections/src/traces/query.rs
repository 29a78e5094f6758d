//! The effects of one request.

use pantheon_events::Position;
use uuid::Uuid;

use crate::{QueryError, Reads};

/// The positions of what followed from a request, in order, at most `limit`.
///
/// # Errors
/// Postgres did not answer.
pub async fn effects(
    reads: &Reads,
    correlation_id: Uuid,
    limit: i64,
) -> Result<Vec<Position>, QueryError> {
    let positions = sqlx::query_scalar!(
        "select position from traces where correlation_id = $1 order by position limit $2",
        correlation_id,
        limit
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(positions.into_iter().map(Position::new).collect())
}
