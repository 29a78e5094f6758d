//! The graph forgets the edges of tasks that have ended for good, so that it stays small. A failed
//! task may be retried and keeps its edges.

use async_trait::async_trait;
use pantheon_events::tasks::ForgetTask;
use pantheon_events::{CommandContext, RecordedEvent, TaskId};

use super::{Process, ProcessError, settle};
use crate::domain::tasks::TaskGraph;
use crate::store::{Committed, Dispatcher};

const NAME: &str = "task_edges";

/// Reacts to the ends of tasks.
pub struct TaskEdges {
    /// The tenants' graphs, as committed.
    pub graph: Committed<TaskGraph>,
    /// Where edges are forgotten.
    pub graphs: Dispatcher<TaskGraph>,
}

#[async_trait]
impl Process for TaskEdges {
    fn name(&self) -> &'static str {
        NAME
    }

    fn wants(&self, event: &RecordedEvent) -> bool {
        event.aggregate_type == "task"
            && matches!(
                event.event_type.as_str(),
                "task_completed" | "task_cancelled" | "task_deleted"
            )
    }

    async fn react(&self, event: &RecordedEvent) -> Result<(), ProcessError> {
        let Ok(task_id) = event.aggregate_id.parse::<TaskId>() else {
            return Ok(());
        };
        let deleted = event.event_type == "task_deleted";
        let tenant = event.metadata.tenant.to_string();
        let concerned = self
            .graph
            .look(&tenant, |graph| match deleted {
                true => graph.aggregate.knows(task_id),
                false => !graph.aggregate.dependencies(task_id).is_empty(),
            })
            .await
            .map_err(|error| ProcessError::Retry(error.to_string()))?;
        if !concerned {
            return Ok(());
        }
        let forget = ForgetTask { task_id, deleted };
        let by = CommandContext::caused_by(event, NAME, "forget");
        settle(self.graphs.dispatch(&tenant, forget, by).await)
    }
}
