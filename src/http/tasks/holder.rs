//! Naming a member of the fleet in a request: by its id, or by any name of its type.

use pantheon_events::json::shortened;
use pantheon_events::{AgentId, TenantId};
use pantheon_projections::agents;

use crate::app::App;
use crate::http::Problem;
use crate::http::after::PATIENCE;

/// The member of this organisation that a name means. One that was enrolled a moment ago counts.
pub(super) async fn named(app: &App, tenant: TenantId, name: &str) -> Result<AgentId, Problem> {
    let mut found = agents::find(&app.reads, tenant, name).await?;
    if found.is_none() {
        let head = app.log.database_head().await?;
        app.reads.wait_for(agents::NAME, head, PATIENCE).await?;
        found = agents::find(&app.reads, tenant, name).await?;
    }
    found.and_then(|id| id.parse().ok()).ok_or_else(|| {
        let name = shortened(name);
        let message = format!("there is no agent {name:?} here; GET /api/v1/agents lists them");
        Problem::invalid("assigned_to", message)
    })
}
