//! Given, when, then: short words for the tests of tasks.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use cqrs_es::Aggregate;
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use pantheon_events::tasks::{
    CreateTask, Priority, TaskAssigned, TaskCancelled, TaskCommand, TaskCompleted, TaskCreated,
    TaskDeleted, TaskEvent, TaskFailed, TaskStarted,
};
use pantheon_events::{Actor, AgentId, CommandContext, TenantId};

use super::{Task, backoff};
use crate::domain::Asked;

pub(super) const USER: &str = "0198c7a0-0000-7000-8000-000000000001";
pub(super) const NAME: &str = "build the thing";
pub(super) const ERROR: &str = "out of luck";
const ID: &str = "0198c7a0-0000-7000-8000-00000000000a";

pub(super) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_780_000_000, 0).expect("a time of this century")
}

pub(super) fn given(events: Vec<TaskEvent>) -> AggregateTestExecutor<Task> {
    TestFramework::<Task>::with(()).given(events)
}

pub(super) fn given_nothing() -> AggregateTestExecutor<Task> {
    TestFramework::<Task>::with(()).given_no_previous_events()
}

pub(super) fn human(command: impl Into<TaskCommand>) -> Asked<TaskCommand> {
    asked(command.into(), ID, Actor::human(USER))
}

pub(super) fn agent(name: &str, command: impl Into<TaskCommand>) -> Asked<TaskCommand> {
    asked(command.into(), ID, Actor::agent(name))
}

pub(super) fn asked<C>(command: C, id: &str, actor: Actor) -> Asked<C> {
    Asked {
        command,
        id: id.into(),
        by: Arc::new(CommandContext::new(
            TenantId::default_organization(),
            actor,
            None,
        )),
        at: now(),
    }
}

pub(super) fn at<C>(time: DateTime<Utc>, asked: Asked<C>) -> Asked<C> {
    Asked { at: time, ..asked }
}

pub(super) fn agent_id(name: &str) -> AgentId {
    name.parse().expect("a valid agent id")
}

/// What a rule sees after a history.
pub(super) fn folded<A: Aggregate>(events: Vec<A::Event>) -> A {
    let mut aggregate = A::default();
    for event in events {
        aggregate.apply(event);
    }
    aggregate
}

pub(super) fn create_command(name: &str) -> CreateTask {
    CreateTask {
        name: name.to_owned(),
        description: None,
        priority: Priority::default(),
        agent_type: None,
        required_capability: None,
        task_type: None,
        repository_id: None,
        issue_number: None,
        execution_id: None,
        plan_id: None,
        estimated_minutes: None,
        max_retries: None,
        timeout_seconds: None,
        depends_on: vec![],
        metadata: None,
    }
}

pub(super) fn created() -> TaskEvent {
    TaskCreated {
        name: NAME.to_owned(),
        description: None,
        priority: Priority::P2,
        agent_type: None,
        required_capability: None,
        task_type: None,
        repository_id: None,
        issue_number: None,
        execution_id: None,
        plan_id: None,
        estimated_minutes: None,
        max_retries: 3,
        timeout_seconds: 3600,
        metadata: serde_json::Map::new(),
        created_by: USER.to_owned(),
    }
    .into()
}

pub(super) fn assigned(to: &str) -> TaskEvent {
    TaskAssigned {
        assigned_to: agent_id(to),
        name: NAME.to_owned(),
    }
    .into()
}

pub(super) fn started(holder: Option<&str>, attempt: i32) -> TaskEvent {
    TaskStarted {
        assigned_to: holder.map(agent_id),
        name: NAME.to_owned(),
        priority: Priority::P2,
        started_at: now(),
        attempt,
        deadline: now() + TimeDelta::hours(1),
        plan_id: None,
    }
    .into()
}

pub(super) fn completed(holder: Option<&str>) -> TaskEvent {
    TaskCompleted {
        result: None,
        assigned_to: holder.map(agent_id),
        name: NAME.to_owned(),
        duration_seconds: 0,
        completed_at: now(),
        plan_id: None,
    }
    .into()
}

/// The attempt failed and the task goes back into the queue.
pub(super) fn failed_attempt(holder: Option<&str>, attempt: i32) -> TaskEvent {
    TaskFailed {
        error: ERROR.to_owned(),
        retryable: true,
        will_retry: true,
        retry_count: attempt,
        attempt,
        assigned_to: holder.map(agent_id),
        name: NAME.to_owned(),
        failed_at: now(),
        ready_at: Some(now() + backoff(attempt)),
        plan_id: None,
    }
    .into()
}

pub(super) fn failed_for_good(retry_count: i32) -> TaskEvent {
    TaskFailed {
        error: ERROR.to_owned(),
        retryable: false,
        will_retry: false,
        retry_count,
        attempt: 1,
        assigned_to: None,
        name: NAME.to_owned(),
        failed_at: now(),
        ready_at: None,
        plan_id: None,
    }
    .into()
}

pub(super) fn cancelled(holder: Option<&str>, was_running: bool) -> TaskEvent {
    TaskCancelled {
        name: NAME.to_owned(),
        reason: None,
        assigned_to: holder.map(agent_id),
        was_running,
        cancelled_at: now(),
        plan_id: None,
    }
    .into()
}

pub(super) fn deleted() -> TaskEvent {
    TaskDeleted {
        name: NAME.to_owned(),
        plan_id: None,
    }
    .into()
}
