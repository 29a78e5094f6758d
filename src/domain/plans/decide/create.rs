//! A plan is made once, of tasks that fit together.

use pantheon_events::agents::catalogue_type;
use pantheon_events::plans::{CreatePlan, PlanCreated, PlanEvent, PlanTask, PlannedTask};
use pantheon_events::{ActorKind, CommandId, FieldError, TaskId};

use crate::domain::Asked;
use crate::domain::plans::analysis::Graph;
use crate::domain::plans::{Plan, PlanError};

pub(in crate::domain::plans) fn create(
    plan: &Plan,
    asked: &Asked<&CreatePlan>,
) -> Result<Vec<PlanEvent>, PlanError> {
    if plan.exists {
        return Err(PlanError::AlreadyExists);
    }
    let (command, by) = (asked.command, &asked.by);
    let of_a_run = command.workflow_id.is_some() || command.tasks.iter().any(|t| t.gate.is_some());
    if of_a_run && by.actor.kind != ActorKind::Policy {
        return Err(PlanError::Internal);
    }
    let graph = Graph::planned(&command.tasks).map_err(PlanError::Unfit)?;
    if graph.order().is_none() {
        return Err(PlanError::Cycle(graph.analyse().cycles));
    }
    let tasks = command.tasks.iter().enumerate();
    let tasks = tasks.map(|(place, task)| planned(place, task, by.command_id));
    let tasks = tasks.collect::<Result<_, _>>()?;
    let created = PlanCreated {
        name: command.name.trim().to_owned(),
        description: command.description.clone(),
        issue_number: command.issue_number,
        repository_id: command.repository_id,
        workflow_id: command.workflow_id,
        tasks,
        created_by: by
            .actor
            .on_behalf_of
            .as_ref()
            .unwrap_or(&by.actor.id)
            .clone(),
    };
    Ok(vec![created.into()])
}

fn planned(place: usize, task: &PlannedTask, command: CommandId) -> Result<PlanTask, PlanError> {
    let stored = |name: &String| match catalogue_type(name) {
        Some(agent) => Ok(agent.id.to_owned()),
        None => Err(PlanError::Unfit(vec![FieldError {
            field: format!("tasks[{place}].agent_type"),
            message: format!("there is no agent type {name:?}; GET /api/v1/agents lists them"),
        }])),
    };
    Ok(PlanTask {
        id: task.id.clone(),
        task_id: TaskId::new(command.created(&format!("task/{}", task.id))),
        name: task.name.trim().to_owned(),
        task_type: task.task_type,
        agent_type: task.agent_type.as_ref().map(stored).transpose()?,
        priority: task.priority,
        estimated_minutes: task.estimated_minutes,
        depends_on: task.depends_on.clone(),
        gate: task.gate.clone(),
    })
}

#[cfg(test)]
mod tests {
    use pantheon_events::plans::PlanGate;
    use pantheon_events::{Actor, UserId};

    use super::super::given::{asked, by, created, given, plan, task};
    use super::*;

    fn made(command: CreatePlan) -> Result<PlanCreated, PlanError> {
        let events = given(vec![]).when(asked(command)).inspect_result()?;
        match events.into_iter().next() {
            Some(PlanEvent::PlanCreated(made)) => Ok(made),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_plan_is_made_once_and_names_its_tasks() {
        let made = made(plan(vec![task("a", &[]), task("b", &["a"])])).expect("accepted");
        assert_eq!(made.name, "release", "trimmed");
        assert_ne!(made.tasks[0].task_id, made.tasks[1].task_id);
        assert_eq!(made.tasks[1].depends_on, ["a"]);
        given(vec![created(&["a"])])
            .when(asked(plan(vec![task("a", &[])])))
            .then_expect_error(PlanError::AlreadyExists);
    }

    #[test]
    fn one_command_names_its_tasks_always_the_same() {
        let command = asked(plan(vec![task("a", &[])]));
        let events = |command: &Asked<_>| given(vec![]).when(command.clone()).inspect_result();
        assert_eq!(events(&command).ok(), events(&command).ok());
    }

    #[test]
    fn tasks_that_wait_for_each_other_are_refused_with_the_circle() {
        let circle = plan(vec![task("a", &["b"]), task("b", &["a"]), task("c", &[])]);
        let expected = vec![vec!["a".to_owned(), "b".to_owned()]];
        assert_eq!(made(circle), Err(PlanError::Cycle(expected)));
    }

    #[test]
    fn unknown_and_doubled_ids_and_unknown_agents_are_named() {
        let lost = made(plan(vec![task("a", &["x"]), task("a", &[])]));
        let Err(PlanError::Unfit(errors)) = lost else {
            panic!("{lost:?}");
        };
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["tasks[1].id", "tasks[0].depends_on[0]"]);
        let mut wizard = task("a", &[]);
        wizard.agent_type = Some("wizard".to_owned());
        assert!(matches!(made(plan(vec![wizard])), Err(PlanError::Unfit(_))));
    }

    #[test]
    fn an_agent_type_is_kept_by_its_catalogue_id() {
        let mut long = task("a", &[]);
        long.agent_type = Some("CodeGenAgent".to_owned());
        let made = made(plan(vec![long])).expect("accepted");
        assert_eq!(made.tasks[0].agent_type.as_deref(), Some("codegen"));
    }

    #[test]
    fn gates_come_from_workflows_only() {
        let mut gated = task("a", &[]);
        gated.gate = Some(PlanGate {
            required_approvers: vec![UserId::of_key(&["lead"])],
            timeout_seconds: 60,
        });
        let command = plan(vec![gated]);
        assert_eq!(made(command.clone()), Err(PlanError::Internal));
        let run = given(vec![]).when(by(Actor::policy("workflow_run"), command));
        assert!(run.inspect_result().is_ok());
    }
}
