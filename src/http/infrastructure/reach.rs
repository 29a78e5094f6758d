//! Whose machines a caller sees. There is one installation, and its machines belong to the default
//! organisation; another one sees them where the operator has turned that on.

use pantheon_events::TenantId;
use pantheon_projections::infrastructure::NAME;
use pantheon_projections::{Stand, organizations};

use crate::app::App;
use crate::http::{Caller, Problem, ReadOptions};

/// Where the read models stand that an answer is made of.
pub(super) async fn stand(
    app: &App,
    caller: &Caller,
    read: &ReadOptions,
) -> Result<Stand, Problem> {
    let owner = TenantId::default_organization();
    let stand = read.stand(&app.reads, NAME, owner).await?;
    let features = read
        .stand(&app.reads, organizations::NAME, caller.tenant)
        .await?;
    Ok(stand.and(features))
}

/// The tenant whose machines are shown; `None` = nothing is.
pub(super) async fn owner(app: &App, caller: &Caller) -> Result<Option<TenantId>, Problem> {
    let owner = TenantId::default_organization();
    if caller.tenant == owner {
        return Ok(Some(owner));
    }
    let found = organizations::one(&app.reads, caller.tenant).await?;
    let is_on = found.is_some_and(|found| found.features["infrastructure"] == true);
    Ok(is_on.then_some(owner))
}
