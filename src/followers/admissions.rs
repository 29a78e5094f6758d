//! Keeping in memory which agents may speak.
//!
//! Shape: at the start the read model is read, then the log is followed from there, on every node.
//! Ordering: log order. Delivery: at least once, and harmless to repeat. On failure: tried again.

use std::sync::Arc;

use pantheon_events::agents::AgentEvent;
use pantheon_events::{AgentId, DomainEvent, Position, RecordedEvent, TenantId};
use pantheon_log::{FollowError, Follower};
use pantheon_projections::agents::{Admission, NAME, admissions};
use pantheon_projections::{QueryError, Reads};

use crate::auth::Agents;

/// Follows enrolments and revocations.
pub struct Admissions {
    agents: Agents,
    reads: Reads,
}

impl Admissions {
    /// Keeps `agents`.
    #[must_use]
    pub fn new(agents: Agents, reads: Reads) -> Self {
        Self { agents, reads }
    }

    async fn learn(&self) -> Result<Position, QueryError> {
        // The position first: rows that are read after it reflect at least that much.
        let position = self.reads.position(NAME).await?;
        for admission in admissions(&self.reads).await? {
            self.take(&admission);
        }
        Ok(position)
    }

    fn take(&self, admission: &Admission) {
        let Ok(id) = admission.id.parse::<AgentId>() else {
            return;
        };
        if let Some(revoked_at) = admission.revoked_at {
            self.agents.revoked(&id, revoked_at);
        }
        if let Some(key) = &admission.public_key {
            self.agents
                .enrolled(id, TenantId::new(admission.tenant), key);
        }
    }

    /// Whoever cannot be read is no agent that could speak; the read model reports the fault.
    fn apply(&self, event: &RecordedEvent) {
        let fact = AgentEvent::decode(&event.event_type, &event.event_version, event.payload.get());
        let (Ok(fact), Ok(id)) = (fact, event.aggregate_id.parse()) else {
            return;
        };
        match fact {
            AgentEvent::AgentEnrolled(enrolled) => {
                self.agents
                    .enrolled(id, event.metadata.tenant, &enrolled.public_key);
            }
            AgentEvent::AgentRevoked(_) => self.agents.revoked(&id, event.recorded_at),
            _ => {}
        }
    }
}

impl Follower for Admissions {
    fn name(&self) -> &'static str {
        "admissions"
    }

    async fn position(&mut self) -> Result<Position, FollowError> {
        self.learn()
            .await
            .map_err(|error| FollowError::Retry(error.to_string()))
    }

    async fn handle(&mut self, events: &[Arc<RecordedEvent>]) -> Result<Position, FollowError> {
        let mut last = Position::ZERO;
        for event in events {
            if matches!(
                event.event_type.as_str(),
                "agent_enrolled" | "agent_revoked"
            ) {
                self.apply(event);
            }
            last = event.position;
        }
        Ok(last)
    }
}
