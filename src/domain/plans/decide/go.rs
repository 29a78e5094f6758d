//! How a plan goes on and ends. What no longer applies, because it has ended, changes nothing: the
//! process that says so may repeat itself.

use chrono::{DateTime, Utc};
use pantheon_events::plans::{
    CancelPlan, FailPlan, PlanCancelled, PlanCompleted, PlanEvent, PlanFailed, PlanStarted,
    PlanStatus,
};

use crate::domain::plans::{Plan, PlanError};

pub(in crate::domain::plans) fn start(plan: &Plan, at: DateTime<Utc>) -> Vec<PlanEvent> {
    if plan.status != PlanStatus::Pending {
        return Vec::new();
    }
    let started = PlanStarted {
        name: plan.name.clone(),
        workflow_id: plan.workflow_id,
        at,
    };
    vec![started.into()]
}

pub(in crate::domain::plans) fn complete(plan: &Plan, at: DateTime<Utc>) -> Vec<PlanEvent> {
    if !plan.status.is_open() {
        return Vec::new();
    }
    let completed = PlanCompleted {
        name: plan.name.clone(),
        workflow_id: plan.workflow_id,
        at,
    };
    vec![completed.into()]
}

pub(in crate::domain::plans) fn fail(
    plan: &Plan,
    command: &FailPlan,
    at: DateTime<Utc>,
) -> Vec<PlanEvent> {
    if !plan.status.is_open() {
        return Vec::new();
    }
    let failed = PlanFailed {
        name: plan.name.clone(),
        workflow_id: plan.workflow_id,
        task_id: command.task_id,
        reason: command.reason.clone(),
        at,
    };
    vec![failed.into()]
}

/// Again is fine.
pub(in crate::domain::plans) fn cancel(
    plan: &Plan,
    command: &CancelPlan,
    at: DateTime<Utc>,
) -> Result<Vec<PlanEvent>, PlanError> {
    match plan.status {
        PlanStatus::Pending | PlanStatus::Running => {
            let cancelled = PlanCancelled {
                name: plan.name.clone(),
                workflow_id: plan.workflow_id,
                reason: command.reason.clone(),
                at,
            };
            Ok(vec![cancelled.into()])
        }
        PlanStatus::Cancelled => Ok(Vec::new()),
        ended @ (PlanStatus::Completed | PlanStatus::Failed) => Err(PlanError::Ended(ended)),
    }
}

#[cfg(test)]
mod tests {
    use pantheon_events::plans::{CompletePlan, PlanCommand, StartPlan};

    use super::super::given::{AT, NAME, asked, created, given};
    use super::*;

    fn started() -> PlanEvent {
        PlanStarted {
            name: NAME.to_owned(),
            workflow_id: None,
            at: AT,
        }
        .into()
    }

    fn completed() -> PlanEvent {
        PlanCompleted {
            name: NAME.to_owned(),
            workflow_id: None,
            at: AT,
        }
        .into()
    }

    fn failed() -> PlanEvent {
        PlanFailed {
            name: NAME.to_owned(),
            workflow_id: None,
            task_id: None,
            reason: "no luck".to_owned(),
            at: AT,
        }
        .into()
    }

    fn cancelled() -> PlanEvent {
        PlanCancelled {
            name: NAME.to_owned(),
            workflow_id: None,
            reason: None,
            at: AT,
        }
        .into()
    }

    fn fail_it() -> PlanCommand {
        FailPlan {
            task_id: None,
            reason: "no luck".to_owned(),
        }
        .into()
    }

    #[test]
    fn a_plan_starts_once_and_ends_once() {
        let open = || vec![created(&["a"]), started()];
        given(vec![created(&["a"])])
            .when(asked(StartPlan {}))
            .then_expect_events(vec![started()]);
        given(open())
            .when(asked(StartPlan {}))
            .then_expect_events(vec![]);
        for (command, end) in [
            (PlanCommand::from(CompletePlan {}), completed()),
            (fail_it(), failed()),
            (CancelPlan::default().into(), cancelled()),
        ] {
            given(open())
                .when(asked(command.clone()))
                .then_expect_events(vec![end.clone()]);
            for ended in [completed(), failed(), cancelled()] {
                let again = given([open(), vec![ended]].concat()).when(asked(command.clone()));
                let left = again.inspect_result().unwrap_or_default();
                assert_eq!(left, [], "{command:?}");
            }
        }
    }

    #[test]
    fn what_is_over_cannot_be_cancelled_any_more() {
        given(vec![created(&["a"]), completed()])
            .when(asked(CancelPlan::default()))
            .then_expect_error(PlanError::Ended(PlanStatus::Completed));
        given(vec![created(&["a"]), cancelled()])
            .when(asked(CancelPlan::default()))
            .then_expect_events(vec![]);
    }
}
