//! Why a plan's rules say no.

use pantheon_events::plans::PlanStatus;
use pantheon_events::{FieldError, Refusal};

use crate::domain::RuleError;

/// The refusals of one plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The id is taken.
    #[error("A plan with this id exists already. Send the command without an id of your own.")]
    AlreadyExists,
    /// Not the caller's.
    #[error("There is no such plan.")]
    NotFound,
    /// Fields of its tasks that fit nothing.
    #[error("The tasks do not fit together: {}.", first(.0))]
    Unfit(Vec<FieldError>),
    /// Tasks wait for each other.
    #[error("Tasks of the plan wait for each other: {}. Remove one of these dependencies.", words(.0))]
    Cycle(Vec<Vec<String>>),
    /// Said by somebody else than the process that runs workflows.
    #[error("Only a run of a workflow has gates. Leave workflow_id and gate out.")]
    Internal,
    /// It has ended otherwise.
    #[error("The plan is {}, so it cannot be cancelled.", .0.as_str())]
    Ended(PlanStatus),
}

fn first(errors: &[FieldError]) -> String {
    let first = errors.first();
    first.map_or_else(String::new, |e| format!("{}: {}", e.field, e.message))
}

fn words(cycles: &[Vec<String>]) -> String {
    cycles
        .first()
        .map(|cycle| circle(cycle))
        .unwrap_or_default()
}

/// From a task back to itself.
fn circle(tasks: &[String]) -> String {
    let around = tasks.iter().chain(tasks.first());
    around.map(String::as_str).collect::<Vec<_>>().join(" → ")
}

impl RuleError for PlanError {
    fn refusal(&self) -> Refusal {
        let message = self.to_string();
        match self {
            Self::AlreadyExists => Refusal::already_exists(message),
            Self::NotFound => Refusal::not_found(),
            Self::Unfit(errors) => Refusal::invalid("tasks", message).with_errors(errors.clone()),
            Self::Cycle(cycles) => {
                let at = |cycle: &Vec<String>| FieldError {
                    field: "tasks".to_owned(),
                    message: circle(cycle),
                };
                Refusal::rule("plan_cycle", message).with_errors(cycles.iter().map(at).collect())
            }
            Self::Internal => Refusal::forbidden(message),
            Self::Ended(_) => Refusal::rule("invalid_transition", message),
        }
    }
}
