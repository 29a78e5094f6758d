//! The fold of executions into rows. The same fold serves the table and a look into the past.

use std::sync::Arc;

use async_trait::async_trait;
use pantheon_events::RecordedEvent;
use pantheon_events::agent_executions::{AgentExecutionEvent as Event, AgentExecutionRequested};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::ExecutionRow;
use crate::engine::{
    Fault, OnPoison, ProjectError, ProjectionSpec, Projector, Table, Wants, decode, each, id, keys,
};

/// The read model's name.
pub const NAME: &str = "agent_executions";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: NAME,
    version: 1,
    tables: &["agent_executions"],
    events: Wants::Events(&[(
        "agent_execution",
        &[
            "agent_execution_requested",
            "agent_execution_started",
            "agent_execution_progressed",
            "agent_execution_completed",
            "agent_execution_failed",
            "agent_execution_cancelled",
        ],
    )]),
    on_poison: OnPoison::Park,
};

/// Keeps one row per execution.
#[derive(Clone, Copy, Debug)]
pub struct AgentExecutionsProjector;

#[async_trait]
impl Projector for AgentExecutionsProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let touched = keys(batch, |event| Ok([id::<Uuid>(event)?]))?;
        let mut rows = Table::<ExecutionRow>::load(db, touched).await?;
        each(batch, |event| {
            let before = rows.get(&id(event)?).cloned();
            rows.put(after(before, event)?);
            Ok(())
        })?;
        rows.save(db).await
    }
}

/// The execution after an event.
///
/// # Errors
/// The event cannot be read, or its execution was never asked for.
pub fn fold(
    before: Option<ExecutionRow>,
    event: &RecordedEvent,
) -> Result<Option<ExecutionRow>, Fault> {
    after(before, event).map(Some)
}

fn after(before: Option<ExecutionRow>, event: &RecordedEvent) -> Result<ExecutionRow, Fault> {
    match (decode::<Event>(event)?, before) {
        (Event::AgentExecutionRequested(asked), _) => requested(event, asked),
        // Its log is a read model of its own.
        (Event::AgentExecutionLogAppended(_), Some(row)) => Ok(row),
        (happened, Some(mut row)) => {
            row.updated_at = event.recorded_at;
            apply(&mut row, happened);
            Ok(row)
        }
        (_, None) => Err(Fault::new("the execution was never asked for")),
    }
}

fn requested(event: &RecordedEvent, asked: AgentExecutionRequested) -> Result<ExecutionRow, Fault> {
    Ok(ExecutionRow {
        id: id(event)?,
        tenant: event.metadata.tenant.as_uuid(),
        repository_id: asked.subject.repository_id.as_uuid(),
        repository: asked.subject.repository,
        issue_number: asked.subject.issue_number,
        agent_type: asked.subject.agent_type,
        status: "pending".to_owned(),
        started_at: None,
        completed_at: None,
        result_summary: None,
        quality_score: None,
        pr_number: None,
        error_message: None,
        options: json!(asked.options),
        progress: 0,
        task_id: asked.task_id.as_uuid(),
        created_at: event.recorded_at,
        updated_at: event.recorded_at,
    })
}

fn apply(row: &mut ExecutionRow, happened: Event) {
    let (status, ended_at) = match happened {
        Event::AgentExecutionStarted(started) => {
            row.started_at = Some(started.at);
            ("running", None)
        }
        Event::AgentExecutionProgressed(progressed) => {
            row.progress = progressed.progress;
            return;
        }
        Event::AgentExecutionCompleted(done) => {
            row.progress = 100;
            row.result_summary = done.result_summary.map(Value::Object);
            row.quality_score = done.quality_score;
            row.pr_number = done.pr_number;
            ("completed", Some(done.at))
        }
        Event::AgentExecutionFailed(failed) => {
            row.error_message = Some(failed.error);
            ("failed", Some(failed.at))
        }
        Event::AgentExecutionCancelled(gone) => ("cancelled", Some(gone.at)),
        Event::AgentExecutionRequested(_) | Event::AgentExecutionLogAppended(_) => return,
    };
    status.clone_into(&mut row.status);
    row.completed_at = ended_at;
}
