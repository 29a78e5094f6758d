//! The registry of events: one line per aggregate.

mod components;

use pantheon_events::{DomainEvent, EventSpec};
use serde_json::{Value, json};

pub use components::{Components, reference, references};

macro_rules! registry {
    ($($Event:ty),+ $(,)?) => {
        const SPECS: &[&[EventSpec]] = &[$(<$Event as DomainEvent>::SPECS),+];

        /// Reads an event with the types of its aggregate.
        fn decode(aggregate: &str, event_type: &str, version: &str, data: &str) -> Result<(), String> {
            $(if aggregate == <$Event as DomainEvent>::AGGREGATE {
                return <$Event as DomainEvent>::decode(event_type, version, data)
                    .map(drop)
                    .map_err(|error| error.to_string());
            })+
            Err(format!("no aggregate {aggregate:?} is known to this build"))
        }
    };
}

registry! {
    pantheon_events::access::AccessEvent,
    pantheon_events::agent_executions::AgentExecutionEvent,
    pantheon_events::agents::AgentEvent,
    pantheon_events::alerts::AlertEvent,
    pantheon_events::approvals::ApprovalEvent,
    pantheon_events::approvals::ApprovalPolicyEvent,
    pantheon_events::database::DatabaseEvent,
    pantheon_events::deployments::EnvironmentEvent,
    pantheon_events::infrastructure::InfrastructureEvent,
    pantheon_events::nodes::NodeEvent,
    pantheon_events::orders::OrderEvent,
    pantheon_events::organizations::OrganizationEvent,
    pantheon_events::plans::PlanEvent,
    pantheon_events::products::ProductEvent,
    pantheon_events::repositories::IssueEvent,
    pantheon_events::repositories::RepositoryEvent,
    pantheon_events::sessions::SessionEvent,
    pantheon_events::tasks::TaskEvent,
    pantheon_events::tasks::TaskGraphEvent,
    pantheon_events::teams::TeamEvent,
    pantheon_events::users::AdminListEvent,
    pantheon_events::users::LoginNameEvent,
    pantheon_events::users::UserEvent,
    pantheon_events::worktrees::GitEvent,
    pantheon_events::worktrees::WorktreeEvent,
}

/// Every event type and version that this build writes.
pub fn events() -> impl Iterator<Item = &'static EventSpec> {
    SPECS.iter().copied().flatten()
}

/// Every event type and version, and where its schema is: `{items}`.
pub fn listed() -> Value {
    let items = events().map(|spec| {
        json!({
            "aggregate": spec.aggregate,
            "event_type": spec.event_type,
            "version": spec.version,
            "schema": format!("/schemas/{}/{}", spec.event_type, spec.version),
        })
    });
    json!({ "items": items.collect::<Vec<_>>() })
}

/// Whether a CloudEvent of the log fits the schema it names.
pub fn fits(event: &Value) -> Result<(), String> {
    let text = |name: &str| event[name].as_str().unwrap_or_default();
    let mut kind = text("type").splitn(3, '.').skip(1);
    let (aggregate, event_type) = (
        kind.next().unwrap_or_default(),
        kind.next().unwrap_or_default(),
    );
    let version = text("dataschema").rsplit('/').next().unwrap_or_default();
    decode(aggregate, event_type, version, &event["data"].to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn an_event_type_belongs_to_one_aggregate() {
        let mut seen = HashSet::new();
        for spec in events() {
            assert!(
                seen.insert((spec.event_type, spec.version)),
                "{spec:?} is declared twice"
            );
        }
    }

    #[test]
    fn every_schema_is_an_object() {
        for spec in events() {
            let schema = (spec.schema)().to_value();
            assert_eq!(schema["type"], "object", "{spec:?}");
        }
    }
}
