//! Any sequence of commands: the task against a model of its table of transitions.

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use pantheon_events::Actor;
use pantheon_events::tasks::{
    AssignTask, CancelTask, ClaimTask, CompleteTask, DeleteTask, FailTask, ReportProgress,
    RetryTask, StartTask, TaskCommand, TaskStatus,
};
use proptest::prelude::*;

use super::testing::{self, agent_id, folded};
use super::{Task, TaskError};

const AGENTS: [&str; 3] = ["codegen", "review", "pr"];

#[derive(Clone, Debug)]
enum Step {
    Start(Option<usize>),
    Claim(usize),
    Assign(usize),
    Progress(usize),
    Complete(usize),
    Fail(usize, bool),
    Retry(bool),
    Cancel,
    Delete,
}

fn step() -> impl Strategy<Value = Step> {
    let agent = 0..AGENTS.len();
    prop_oneof![
        proptest::option::of(agent.clone()).prop_map(Step::Start),
        agent.clone().prop_map(Step::Claim),
        agent.clone().prop_map(Step::Assign),
        agent.clone().prop_map(Step::Progress),
        agent.clone().prop_map(Step::Complete),
        (agent, any::<bool>()).prop_map(|(agent, retryable)| Step::Fail(agent, retryable)),
        any::<bool>().prop_map(Step::Retry),
        Just(Step::Cancel),
        Just(Step::Delete),
    ]
}

/// What the specification says, without events: one table.
#[derive(Clone, Debug, PartialEq)]
struct Model {
    status: TaskStatus,
    holder: Option<usize>,
    retry_count: i32,
    retried: bool,
    deleted: bool,
}

const MAX_RETRIES: i32 = 3;

impl Model {
    fn new() -> Self {
        Self {
            status: TaskStatus::Pending,
            holder: None,
            retry_count: 0,
            retried: false,
            deleted: false,
        }
    }

    /// Whether the step is accepted; the model has then made it.
    fn step(&mut self, step: &Step) -> bool {
        use TaskStatus::{Cancelled, Completed, Failed, Pending, Running};
        if self.deleted {
            return matches!(step, Step::Delete);
        }
        let held_by = |agent: &usize| self.holder == Some(*agent);
        match step {
            Step::Start(agent) if self.status == Pending => {
                self.holder = agent.or(self.holder);
                self.status = Running;
            }
            Step::Claim(agent)
                if self.status == Pending && self.holder.is_none_or(|h| h == *agent) =>
            {
                self.holder = Some(*agent);
                self.status = Running;
            }
            Step::Assign(agent) if self.status == Pending => self.holder = Some(*agent),
            Step::Progress(agent) if self.status == Running && held_by(agent) => {}
            Step::Complete(agent) if self.status == Running && held_by(agent) => {
                self.status = Completed;
                self.retried = false;
            }
            Step::Fail(agent, retryable) if self.status == Running && held_by(agent) => {
                self.retried = false;
                self.status = Failed;
                if *retryable && self.retry_count < MAX_RETRIES {
                    self.retry_count += 1;
                    self.status = Pending;
                    self.holder = None;
                }
            }
            Step::Retry(_) if self.retried && matches!(self.status, Pending | Running) => {}
            Step::Retry(reset)
                if self.status == Failed && (*reset || self.retry_count < MAX_RETRIES) =>
            {
                self.retry_count = if *reset { 0 } else { self.retry_count + 1 };
                self.status = Pending;
                self.holder = None;
                self.retried = true;
            }
            Step::Cancel if matches!(self.status, Pending | Running) => {
                self.status = Cancelled;
                self.retried = false;
            }
            Step::Delete if self.status != Running => self.deleted = true,
            _ => return false,
        }
        true
    }
}

fn command(step: &Step) -> (TaskCommand, Actor) {
    let agent = |n: &usize| Actor::agent(AGENTS[*n]);
    let human = || Actor::human(testing::USER);
    match step {
        Step::Start(to) => {
            let assigned_to = to.map(|n| agent_id(AGENTS[n]));
            (StartTask { assigned_to }.into(), human())
        }
        Step::Claim(n) => {
            let agent_id = agent_id(AGENTS[*n]);
            (ClaimTask { agent_id }.into(), agent(n))
        }
        Step::Assign(n) => {
            let assigned_to = agent_id(AGENTS[*n]);
            (AssignTask { assigned_to }.into(), human())
        }
        Step::Progress(n) => {
            let (progress, message) = (40, None);
            (ReportProgress { progress, message }.into(), agent(n))
        }
        Step::Complete(n) => (CompleteTask::default().into(), agent(n)),
        Step::Fail(n, retryable) => {
            let (error, retryable, attempt) = (None, Some(*retryable), None);
            (
                FailTask {
                    error,
                    retryable,
                    attempt,
                }
                .into(),
                agent(n),
            )
        }
        Step::Retry(reset) => (RetryTask { reset: *reset }.into(), human()),
        Step::Cancel => (CancelTask::default().into(), human()),
        Step::Delete => (DeleteTask {}.into(), human()),
    }
}

async fn run(task: &mut Task, step: &Step, minute: i64) -> Result<usize, TaskError> {
    let (command, actor) = command(step);
    let asked = testing::asked(command, "x", actor);
    // A minute between the steps, so that no task rests.
    let asked = testing::at(testing::now() + chrono::TimeDelta::minutes(minute), asked);
    let sink = EventSink::default();
    task.handle(asked, &(), &sink).await?;
    Ok(sink.collect().await.len())
}

fn same(task: &Task, model: &Model) -> bool {
    let holder = task.assigned_to.as_ref().map(|id| id.as_str());
    task.status == model.status
        && holder == model.holder.map(|n| AGENTS[n])
        && task.retry_count == model.retry_count
        && task.deleted == model.deleted
        && (0..=100).contains(&task.progress)
}

proptest! {
    #[test]
    fn any_sequence_of_commands_follows_the_table(steps in proptest::collection::vec(step(), 1..60)) {
        let mut task: Task = folded(vec![testing::created()]);
        let mut model = Model::new();
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        for (minute, step) in (1..).zip(&steps) {
            let before = task.clone();
            let allowed = model.step(step);
            let result = runtime.block_on(run(&mut task, step, minute * 2));
            prop_assert_eq!(result.is_ok(), allowed, "{:?} on {:?}: {:?}", step, before, result);
            if result.is_err() || result == Ok(0) {
                prop_assert_eq!(&task, &before, "no event, no change");
            }
            prop_assert!(same(&task, &model), "{:?} against {:?}", task, model);
        }
    }
}
