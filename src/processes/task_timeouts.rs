//! Attempts that took too long are failed attempts.
//!
//! Shape: once a second, what is overdue in the read model is failed.
//! Ordering: the longest overdue first.
//! Delivery: at least once; the command's id is derived from the attempt, and the command names it.
//! On failure: tried again a second later.

use async_trait::async_trait;
use pantheon_events::tasks::FailTask;
use pantheon_events::{Actor, CommandContext, CommandId, EventId, TenantId};
use pantheon_projections::Reads;
use pantheon_projections::tasks::{self, LostAttempt};

use super::{Process, ProcessError, Round, settle};
use crate::clock::Clock;
use crate::domain::tasks::Task;
use crate::store::Dispatcher;

const NAME: &str = "task_timeouts";
const AT_ONCE: i64 = 500;

/// Fails overdue attempts.
pub struct TaskTimeouts {
    /// The node's clock.
    pub clock: Clock,
    /// Where overdue attempts are found.
    pub reads: Reads,
    /// Where they are failed.
    pub tasks: Dispatcher<Task>,
}

#[async_trait]
impl Process for TaskTimeouts {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn tick(&self) -> Result<(), ProcessError> {
        let lost = tasks::lost_attempts(&self.reads, self.clock.now(), AT_ONCE)
            .await
            .map_err(|error| ProcessError::Retry(error.to_string()))?;
        let mut round = Round::default();
        for attempt in lost {
            round.note(self.fail(&attempt).await);
        }
        round.end()
    }
}

impl TaskTimeouts {
    async fn fail(&self, lost: &LostAttempt) -> Result<(), ProcessError> {
        let task = lost.id.to_string();
        let key = [NAME, &task, &lost.attempt.to_string()];
        let by = CommandContext {
            causation_id: lost.attempt_event.map(EventId::new),
            ..CommandContext::new(
                TenantId::new(lost.tenant),
                Actor::policy(NAME),
                Some(CommandId::of_key(&key)),
            )
        };
        let command = FailTask {
            error: Some(format!(
                "The attempt took longer than {} seconds.",
                lost.timeout_seconds
            )),
            retryable: Some(true),
            attempt: Some(lost.attempt),
        };
        settle(self.tasks.dispatch(&task, command, by).await)
    }
}
