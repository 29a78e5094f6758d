//! Stored events stay readable: one example of every event type and version, never edited once
//! merged. A change that breaks one needs a new version and an upcaster.

use std::path::{Path, PathBuf};

use pantheon_events::access::AccessEvent;
use pantheon_events::agent_executions::AgentExecutionEvent;
use pantheon_events::agents::AgentEvent;
use pantheon_events::alerts::AlertEvent;
use pantheon_events::approvals::{ApprovalEvent, ApprovalPolicyEvent};
use pantheon_events::database::DatabaseEvent;
use pantheon_events::deployments::EnvironmentEvent;
use pantheon_events::infrastructure::InfrastructureEvent;
use pantheon_events::nodes::NodeEvent;
use pantheon_events::orders::OrderEvent;
use pantheon_events::organizations::OrganizationEvent;
use pantheon_events::plans::PlanEvent;
use pantheon_events::products::ProductEvent;
use pantheon_events::repositories::{IssueEvent, RepositoryEvent};
use pantheon_events::sessions::SessionEvent;
use pantheon_events::tasks::{TaskEvent, TaskGraphEvent};
use pantheon_events::teams::TeamEvent;
use pantheon_events::users::{AdminListEvent, LoginNameEvent, UserEvent};
use pantheon_events::worktrees::{GitEvent, WorktreeEvent};
use pantheon_events::{DomainEvent, EventSpec};
use serde_json::Value;

fn file(context: &str, event_type: &str, version: &str) -> PathBuf {
    let name = format!("{event_type}.{version}.json");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    folder.join(context).join(name)
}

/// Every event of an aggregate has its example, and is read and written without a difference.
fn check<E: DomainEvent>(context: &str) {
    for EventSpec {
        event_type,
        version,
        ..
    } in E::SPECS
    {
        let path = file(context, event_type, version);
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let event = E::decode(event_type, version, &text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let written: Value = serde_json::from_str(&event.payload()).expect("a payload is JSON");
        let stored: Value = serde_json::from_str(&text).expect("an example is JSON");
        assert_eq!(written, stored, "{}", path.display());
    }
}

#[test]
fn the_events_of_the_trail_of_access_stay_readable() {
    check::<AccessEvent>("access");
}

#[test]
fn the_events_of_agents_stay_readable() {
    check::<AgentEvent>("agents");
}

#[test]
fn the_events_of_tasks_stay_readable() {
    check::<TaskEvent>("tasks");
    check::<TaskGraphEvent>("tasks");
}

#[test]
fn the_events_of_plans_stay_readable() {
    check::<PlanEvent>("plans");
}

#[test]
fn the_events_of_approvals_stay_readable() {
    check::<ApprovalEvent>("approvals");
}

#[test]
fn the_events_of_approval_policies_stay_readable() {
    check::<ApprovalPolicyEvent>("approval_policies");
}

#[test]
fn the_events_of_a_tenants_database_stay_readable() {
    check::<DatabaseEvent>("database");
}

#[test]
fn the_events_of_deployments_stay_readable() {
    check::<EnvironmentEvent>("deployments");
}

#[test]
fn the_events_of_accounts_and_sessions_stay_readable() {
    check::<UserEvent>("users");
    check::<LoginNameEvent>("users");
    check::<AdminListEvent>("users");
    check::<SessionEvent>("sessions");
}

#[test]
fn the_events_of_organisations_and_teams_stay_readable() {
    check::<OrganizationEvent>("organizations");
    check::<TeamEvent>("teams");
}

#[test]
fn the_events_of_products_stay_readable() {
    check::<ProductEvent>("products");
}

#[test]
fn the_events_of_orders_stay_readable() {
    check::<OrderEvent>("orders");
}

#[test]
fn the_events_of_nodes_stay_readable() {
    check::<NodeEvent>("nodes");
}

#[test]
fn the_events_of_alerts_stay_readable() {
    check::<AlertEvent>("alerts");
}

#[test]
fn the_events_of_infrastructure_stay_readable() {
    check::<InfrastructureEvent>("infrastructure");
}

#[test]
fn the_events_of_worktrees_stay_readable() {
    check::<WorktreeEvent>("worktrees");
    check::<GitEvent>("worktrees");
}

#[test]
fn the_events_of_executions_stay_readable() {
    check::<AgentExecutionEvent>("agent_executions");
}

#[test]
fn the_events_of_repositories_and_issues_stay_readable() {
    check::<RepositoryEvent>("repositories");
    check::<IssueEvent>("repositories");
}
