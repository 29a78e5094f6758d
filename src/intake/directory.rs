//! Whose agent an agent is.

use std::sync::Arc;

use pantheon_events::{AgentId, Sequence, TenantId};
use pantheon_log::{Log, ReadError};

/// The most agents remembered.
const REMEMBERED: u64 = 100_000;

/// Finds an agent's tenant. An agent never changes hands, so what was found stays true.
#[derive(Clone)]
pub struct Directory {
    log: Log,
    known: moka::sync::Cache<AgentId, TenantId>,
}

impl Directory {
    /// An empty directory over the log.
    #[must_use]
    pub fn new(log: Log) -> Self {
        Self {
            log,
            known: moka::sync::Cache::new(REMEMBERED),
        }
    }

    /// The tenant that enrolled the agent; `None` when nobody did.
    pub async fn tenant(&self, agent: &AgentId) -> Result<Option<TenantId>, Arc<ReadError>> {
        if let Some(tenant) = self.known.get(agent) {
            return Ok(Some(tenant));
        }
        let first = self
            .log
            .stream("agent", agent.as_str(), Sequence::ZERO, 1)
            .await
            .map_err(Arc::new)?;
        let tenant = first.first().map(|event| event.metadata.tenant);
        if let Some(tenant) = tenant {
            self.known.insert(agent.clone(), tenant);
        }
        Ok(tenant)
    }
}
