//! What queries of the log itself begin with: waiting for it (G7), and a moment in the past.

use pantheon_events::Position;
use pantheon_log::Log;

use super::{AsOf, Problem, ReadOptions};

/// Waits until this node has read the log up to `min_position`; where it is then.
pub async fn reach(log: &Log, read: &ReadOptions) -> Result<Position, Problem> {
    let Some(min) = read.min_position else {
        return Ok(log.head());
    };
    let mut head = log.watch_head();
    let reached = tokio::time::timeout(read.wait, head.wait_for(|head| *head >= min));
    match reached.await {
        Ok(_) => Ok(log.head()),
        Err(_) => Err(Problem::projection_behind(log.head())),
    }
}

/// The position of a moment in the past. One that is still to come is the log's end: an answer
/// must not claim a position that it cannot reflect.
pub async fn until(log: &Log, read: &ReadOptions, moment: AsOf) -> Result<Position, Problem> {
    reach(log, read).await?;
    let asked = match moment {
        AsOf::Position(position) => position,
        AsOf::Time(time) => log.position_at(time).await?,
    };
    Ok(asked.min(log.database_head().await?))
}
