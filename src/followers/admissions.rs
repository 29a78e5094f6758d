//! Keeping in memory which agents may speak.
//!
//! Shape: at the start the log's enrolments and revocations are read through an index of their own,
//! then the log is followed from there, on every node. Ordering: log order. Delivery: at least once,
//! and harmless to repeat. On failure: tried again from what memory has reached; it is read once.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use pantheon_events::agents::AgentEvent;
use pantheon_events::{AgentId, DomainEvent, Position, RecordedEvent, TenantId};
use pantheon_log::{FollowError, Follower, Log};

use crate::auth::Agents;

const ENROLLED: &str = "agent_enrolled";
const REVOKED: &str = "agent_revoked";
/// Facts that are read at a time.
const PAGE: i64 = 1_000;

/// Follows enrolments and revocations.
pub struct Admissions {
    agents: Agents,
    log: Log,
}

impl Admissions {
    /// Keeps `agents`.
    #[must_use]
    pub fn new(agents: Agents, log: Log) -> Self {
        Self { agents, log }
    }

    async fn learn(&self) -> Result<Position, sqlx::Error> {
        let head = self.log.head();
        let mut after = Position::ZERO;
        while let Some(last) = self.learn_page(after, head).await? {
            after = last;
        }
        self.agents.reached(head);
        Ok(head)
    }

    /// Takes the next facts after `after` and up to `to`; where they end.
    async fn learn_page(
        &self,
        after: Position,
        to: Position,
    ) -> Result<Option<Position>, sqlx::Error> {
        let rows = sqlx::query!(
            r#"select position, aggregate_id, event_type, event_version,
                      payload::text as "payload!", (metadata->>'tenant')::uuid as "tenant!",
                      recorded_at
               from events
               where event_type in ('agent_enrolled', 'agent_revoked')
                 and position > $1 and position <= $2
               order by position limit $3"#,
            after.get(),
            to.get(),
            PAGE,
        )
        .fetch_all(self.log.statements())
        .await?;
        for row in &rows {
            self.take(&Fact {
                event_type: &row.event_type,
                event_version: &row.event_version,
                payload: &row.payload,
                agent: &row.aggregate_id,
                tenant: TenantId::new(row.tenant),
                at: row.recorded_at,
            });
        }
        Ok(rows.last().map(|row| Position::new(row.position)))
    }

    /// Whoever cannot be read is no agent that could speak; the read model reports the fault. A
    /// revocation counts whatever else is in it.
    fn take(&self, fact: &Fact<'_>) {
        let Ok(id) = fact.agent.parse::<AgentId>() else {
            return;
        };
        match fact.event_type {
            REVOKED => self.agents.revoked(&id, fact.at),
            ENROLLED => {
                let read = AgentEvent::decode(fact.event_type, fact.event_version, fact.payload);
                if let Ok(AgentEvent::AgentEnrolled(enrolled)) = read {
                    self.agents.enrolled(id, fact.tenant, &enrolled.public_key);
                }
            }
            _ => {}
        }
    }
}

/// What an event says about somebody's right to speak.
struct Fact<'a> {
    event_type: &'a str,
    event_version: &'a str,
    payload: &'a str,
    agent: &'a str,
    tenant: TenantId,
    at: DateTime<Utc>,
}

impl<'a> From<&'a RecordedEvent> for Fact<'a> {
    fn from(event: &'a RecordedEvent) -> Self {
        Self {
            event_type: &event.event_type,
            event_version: &event.event_version,
            payload: event.payload.get(),
            agent: &event.aggregate_id,
            tenant: event.metadata.tenant,
            at: event.recorded_at,
        }
    }
}

impl Follower for Admissions {
    fn name(&self) -> &'static str {
        "admissions"
    }

    async fn position(&mut self) -> Result<Position, FollowError> {
        if let Some(followed) = self.agents.followed() {
            return Ok(followed);
        }
        self.learn()
            .await
            .map_err(|error| FollowError::Retry(error.to_string()))
    }

    async fn handle(&mut self, events: &[Arc<RecordedEvent>]) -> Result<Position, FollowError> {
        let mut last = Position::ZERO;
        for event in events {
            if matches!(event.event_type.as_str(), ENROLLED | REVOKED) {
                self.take(&Fact::from(&**event));
            }
            last = event.position;
        }
        self.agents.reached(last);
        Ok(last)
    }
}
