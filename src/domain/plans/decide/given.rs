//! What the rules' tests start from.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use pantheon_events::plans::{
    CreatePlan, PlanCommand, PlanCreated, PlanEvent, PlanTask, PlannedTask,
};
use pantheon_events::tasks::Priority;
use pantheon_events::{Actor, CommandContext, TaskId, TenantId};

use crate::domain::Asked;
use crate::domain::plans::Plan;

pub const NAME: &str = "release";
pub const AT: DateTime<Utc> = DateTime::UNIX_EPOCH;

pub fn given(events: Vec<PlanEvent>) -> AggregateTestExecutor<Plan> {
    TestFramework::<Plan>::with(()).given(events)
}

pub fn asked(command: impl Into<PlanCommand>) -> Asked<PlanCommand> {
    by(Actor::human("somebody"), command)
}

pub fn by(actor: Actor, command: impl Into<PlanCommand>) -> Asked<PlanCommand> {
    let tenant = TenantId::default_organization();
    Asked {
        command: command.into(),
        id: Arc::from("0198c7a0-0000-7000-8000-00000000000a"),
        by: Arc::new(CommandContext::new(tenant, actor, None)),
        at: AT,
    }
}

pub fn task(id: &str, depends_on: &[&str]) -> PlannedTask {
    PlannedTask {
        id: id.to_owned(),
        name: id.to_owned(),
        task_type: None,
        agent_type: None,
        priority: Priority::P2,
        estimated_minutes: None,
        depends_on: depends_on.iter().map(|id| (*id).to_owned()).collect(),
        gate: None,
    }
}

pub fn plan(tasks: Vec<PlannedTask>) -> CreatePlan {
    CreatePlan {
        name: format!(" {NAME} "),
        description: None,
        issue_number: None,
        repository_id: None,
        workflow_id: None,
        tasks,
    }
}

pub fn created(tasks: &[&str]) -> PlanEvent {
    let task = |id: &&str| PlanTask {
        id: (*id).to_owned(),
        task_id: TaskId::of_key(&[id]),
        name: (*id).to_owned(),
        task_type: None,
        agent_type: None,
        priority: Priority::P2,
        estimated_minutes: None,
        depends_on: vec![],
        gate: None,
    };
    PlanCreated {
        name: NAME.to_owned(),
        description: None,
        issue_number: None,
        repository_id: None,
        workflow_id: None,
        tasks: tasks.iter().map(task).collect(),
        created_by: "somebody".to_owned(),
    }
    .into()
}
