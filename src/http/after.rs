//! Answering a command with what the read model makes of it (G6, G7).

use std::time::Duration;

use pantheon_projections::QueryError;

use super::Problem;
use crate::app::App;
use crate::store::Receipt;

const PATIENCE: Duration = Duration::from_secs(2);

/// Waits until a read model has the command's events; false when that takes too long. The command
/// is committed either way.
pub async fn reached(
    app: &App,
    projection: &'static str,
    receipt: &Receipt,
) -> Result<bool, Problem> {
    match app
        .reads
        .wait_for(projection, receipt.position, PATIENCE)
        .await
    {
        Ok(_) => Ok(true),
        Err(QueryError::Behind { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
