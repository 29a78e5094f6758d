//! Given, when, then for the graph.

use cqrs_es::test::TestFramework;
use pantheon_events::tasks::{
    AddDependencies, AddDependency, DependencyType, ForgetTask, RemoveDependency,
    TaskDependencyAdded, TaskDependencyRemoved, TaskEdgesForgotten, TaskGraphCommand,
    TaskGraphEvent,
};
use pantheon_events::{Actor, DependencyId, TaskId, TenantId};
use uuid::Uuid;

use super::{GraphError, PER_TASK, PER_TENANT, TaskGraph};
use crate::domain::tasks::testing::{USER, asked, folded};
use crate::domain::{Asked, RuleError};

fn task(number: u128) -> TaskId {
    TaskId::new(Uuid::from_u128(number))
}

fn edge(from: u128, on: u128) -> TaskGraphEvent {
    TaskDependencyAdded {
        dependency_id: DependencyId::new(Uuid::from_u128(from * 1_000_000 + on)),
        task_id: task(from),
        depends_on_task_id: task(on),
        dependency_type: DependencyType::FinishToStart,
    }
    .into()
}

fn add(from: u128, on: u128) -> AddDependency {
    AddDependency {
        task_id: task(from),
        depends_on_task_id: task(on),
        dependency_type: DependencyType::FinishToStart,
    }
}

fn by(actor: Actor, command: impl Into<TaskGraphCommand>) -> Asked<TaskGraphCommand> {
    let id = TenantId::default_organization().to_string();
    asked(command.into(), &id, actor)
}

fn human(command: impl Into<TaskGraphCommand>) -> Asked<TaskGraphCommand> {
    by(Actor::human(USER), command)
}

fn policy(command: impl Into<TaskGraphCommand>) -> Asked<TaskGraphCommand> {
    by(Actor::policy("create_task"), command)
}

fn outcome(
    history: Vec<TaskGraphEvent>,
    command: Asked<TaskGraphCommand>,
) -> Result<Vec<TaskGraphEvent>, GraphError> {
    TestFramework::<TaskGraph>::with(())
        .given(history)
        .when(command)
        .inspect_result()
}

fn pairs(events: &[TaskGraphEvent]) -> Vec<(TaskId, TaskId)> {
    let pair = |event: &TaskGraphEvent| match event {
        TaskGraphEvent::TaskDependencyAdded(added) => (added.task_id, added.depends_on_task_id),
        other => panic!("an added edge, not {other:?}"),
    };
    events.iter().map(pair).collect()
}

#[test]
fn a_task_waits_for_another() {
    let events = outcome(vec![], human(add(1, 2))).expect("accepted");
    assert_eq!(pairs(&events), [(task(1), task(2))]);
}

#[test]
fn the_same_command_makes_the_same_edge() {
    let command = human(add(1, 2));
    assert_eq!(outcome(vec![], command.clone()), outcome(vec![], command));
}

#[test]
fn a_task_does_not_wait_for_itself() {
    assert_eq!(
        outcome(vec![], human(add(1, 1))),
        Err(GraphError::SelfDependency)
    );
}

#[test]
fn a_task_waits_for_another_once() {
    assert_eq!(
        outcome(vec![edge(1, 2)], human(add(1, 2))),
        Err(GraphError::AlreadyExists)
    );
}

#[test]
fn a_circle_is_refused_and_its_path_is_named() {
    let chain = vec![edge(1, 2), edge(2, 3), edge(2, 4), edge(3, 5)];
    let error = outcome(chain, human(add(5, 1))).expect_err("refused");
    let path = vec![task(5), task(1), task(2), task(3), task(5)];
    assert_eq!(error, GraphError::Cycle { path: path.clone() });
    let refusal = error.refusal();
    assert_eq!(refusal.code, "dependency_cycle");
    for id in path {
        assert!(refusal.errors[0].message.contains(&id.to_string()));
    }
}

#[test]
fn two_ways_to_the_same_task_are_no_circle() {
    let diamond = vec![edge(1, 2), edge(1, 3), edge(2, 4)];
    assert!(outcome(diamond, human(add(3, 4))).is_ok());
}

#[test]
fn a_removed_edge_closes_no_circle() {
    let removed = TaskDependencyRemoved {
        dependency_id: DependencyId::new(Uuid::from_u128(1_000_002)),
        task_id: task(1),
        depends_on_task_id: task(2),
    };
    assert!(outcome(vec![edge(1, 2), removed.into()], human(add(2, 1))).is_ok());
}

#[test]
fn a_task_waits_for_a_hundred_at_most() {
    let full: Vec<_> = (0..PER_TASK as u128).map(|n| edge(1, 100 + n)).collect();
    assert_eq!(outcome(full, human(add(1, 2))), Err(GraphError::TaskLimit));
}

#[test]
fn a_tenant_has_ten_thousand_live_edges_at_most() {
    let mut full: Vec<_> = (0..PER_TENANT as u128)
        .map(|n| edge(1_000 + n / 100, 900_000 + n))
        .collect();
    let refused = outcome(full.clone(), human(add(1, 2)));
    assert_eq!(refused, Err(GraphError::TenantLimit));
    full.push(forgotten(1_000, false));
    assert!(outcome(full, human(add(1, 2))).is_ok());
}

fn forgotten(number: u128, deleted: bool) -> TaskGraphEvent {
    TaskEdgesForgotten {
        task_id: task(number),
        deleted,
    }
    .into()
}

#[test]
fn a_new_task_brings_all_its_edges_at_once_and_each_once() {
    let command = AddDependencies {
        task_id: task(1),
        depends_on: vec![task(2), task(3), task(2)],
    };
    let events = outcome(vec![], policy(command.clone())).expect("accepted");
    assert_eq!(pairs(&events), [(task(1), task(2)), (task(1), task(3))]);
    assert_eq!(outcome(vec![], human(command)), Err(GraphError::Internal));
}

#[test]
fn an_edge_is_removed_by_either_id() {
    for named in [1_000_002, 2] {
        let command = RemoveDependency {
            task_id: task(1),
            dependency: Uuid::from_u128(named),
        };
        assert_eq!(
            outcome(vec![edge(1, 2)], human(command)).map(|events| events.len()),
            Ok(1)
        );
    }
}

#[test]
fn an_unknown_edge_is_not_found() {
    let command = RemoveDependency {
        task_id: task(1),
        dependency: Uuid::from_u128(9),
    };
    assert_eq!(
        outcome(vec![edge(1, 2)], human(command)),
        Err(GraphError::NotFound)
    );
}

#[test]
fn the_edges_of_an_ended_task_are_forgotten_those_to_it_stay() {
    let history = vec![edge(1, 2), edge(2, 3), forgotten(2, false)];
    let graph: TaskGraph = folded(history);
    assert_eq!(graph.live(), 1);
    assert_eq!(graph.dependencies(task(1)).len(), 1);
    assert!(graph.dependencies(task(2)).is_empty());
}

#[test]
fn all_edges_of_a_deleted_task_are_forgotten() {
    let graph: TaskGraph = folded(vec![edge(1, 2), edge(2, 3), forgotten(2, true)]);
    assert_eq!(graph, TaskGraph::default());
}

#[test]
fn what_has_no_edges_is_not_forgotten_twice() {
    let command = ForgetTask {
        task_id: task(2),
        deleted: false,
    };
    assert_eq!(
        outcome(vec![edge(1, 2)], policy(command.clone())),
        Ok(vec![])
    );
    assert_eq!(
        outcome(vec![edge(2, 3)], human(command)),
        Err(GraphError::Internal)
    );
}

#[test]
fn another_tenants_graph_is_not_there() {
    let elsewhere = TenantId::of_slug("elsewhere").to_string();
    let command = asked(add(1, 2).into(), &elsewhere, Actor::human(USER));
    assert_eq!(outcome(vec![], command), Err(GraphError::NotFound));
}
