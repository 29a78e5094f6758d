//! Who may take a task: an agent of this organisation that is meant to work, can do what the task
//! needs, and holds fewer tasks than it may.

use std::time::Duration;

use pantheon_events::{AgentId, Position, Refusal, TenantId};
use pantheon_log::{Log, ReadError};
use pantheon_projections::agents::{self, AgentRow};
use pantheon_projections::{QueryError, Reads};

use super::task_steps::refused;
use crate::domain::tasks::{Task, TaskError};
use crate::store::DispatchError;

/// How long the read model of agents may take to come up to the log. Later is decided on what it
/// has.
const PATIENCE: Duration = Duration::from_secs(1);

/// Looks agents up.
#[derive(Clone)]
pub struct TaskTakers {
    /// Where the log stands.
    pub log: Log,
    /// The read models.
    pub reads: Reads,
}

impl TaskTakers {
    /// The agent as committed now.
    pub async fn agent(&self, tenant: TenantId, id: &AgentId) -> Result<AgentRow, DispatchError> {
        let head = self.log.database_head().await?;
        self.reached(agents::NAME, head).await?;
        agents::one(&self.reads, tenant, id.as_str())
            .await
            .map_err(unavailable)?
            .ok_or_else(|| {
                let message = format!("there is no agent {id} here; GET /api/v1/agents lists them");
                DispatchError::refused(Refusal::invalid("agent_id", message))
            })
    }

    /// Whether there is such an agent here. One that was enrolled a moment ago counts.
    pub async fn known(&self, tenant: TenantId, id: &AgentId) -> Result<bool, DispatchError> {
        let found = async || agents::one(&self.reads, tenant, id.as_str()).await;
        if found().await.map_err(unavailable)?.is_some() {
            return Ok(true);
        }
        let head = self.log.database_head().await?;
        self.reached(agents::NAME, head).await?;
        Ok(found().await.map_err(unavailable)?.is_some())
    }

    /// Waits a little for a read model; one that is late is taken as it is.
    pub async fn reached(
        &self,
        projection: &'static str,
        position: Position,
    ) -> Result<(), DispatchError> {
        match self.reads.wait_for(projection, position, PATIENCE).await {
            Ok(_) | Err(QueryError::Behind { .. }) => Ok(()),
            Err(error) => Err(unavailable(error)),
        }
    }
}

/// Refuses an agent that may take no task at all now.
pub fn check_agent(id: &AgentId, agent: &AgentRow) -> Result<(), DispatchError> {
    if agent.revoked {
        let message = format!("{id} was revoked. Enrol it again first.");
        return Err(DispatchError::refused(Refusal::rule(
            "agent_revoked",
            message,
        )));
    }
    if agent.desired_state != "running" {
        return Err(refused(TaskError::AgentNotRunning {
            agent: id.clone(),
            state: agent.desired_state.clone(),
        }));
    }
    let held = i64::try_from(agent.running.len()).unwrap_or(i64::MAX);
    let limit = i64::from(agent.max_concurrent_tasks);
    if held >= limit {
        return Err(refused(TaskError::AgentBusy {
            agent: id.clone(),
            held,
            limit,
        }));
    }
    Ok(())
}

/// Refuses an agent that cannot do what the task needs.
pub fn check_fit(id: &AgentId, agent: &AgentRow, task: &Task) -> Result<(), DispatchError> {
    let unfit = |needs: String| {
        let agent = id.clone();
        Err(refused(TaskError::Unfit { agent, needs }))
    };
    match (&task.agent_type, &task.required_capability) {
        (Some(kind), _) if *kind != agent.agent_type => unfit(format!("an agent of type {kind}")),
        (_, Some(capability)) if !agent.capabilities.contains(capability) => {
            unfit(format!("the capability {capability:?}"))
        }
        _ => Ok(()),
    }
}

pub(super) fn unavailable(error: QueryError) -> DispatchError {
    let cause = match error {
        QueryError::Unavailable(cause)
        | QueryError::Failed(cause)
        | QueryError::OutOfReach(cause) => cause,
        QueryError::Behind { .. } | QueryError::InvalidCursor => sqlx::Error::PoolTimedOut,
    };
    DispatchError::Read(ReadError::Unavailable(cause))
}
