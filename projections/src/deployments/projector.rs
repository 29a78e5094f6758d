//! The fold of environments into one row per deployment.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use pantheon_events::deployments::{
    DeploymentImported, DeploymentRequested, DeploymentType, EnvironmentEvent as Event, StageName,
};
use pantheon_events::{DeploymentId, RecordedEvent};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::DeploymentRow;
use crate::engine::{
    Fault, OnPoison, ProjectError, ProjectionSpec, Projector, Table, Wants, decode, each, id, keys,
};

/// The read model's name.
pub const NAME: &str = "deployments";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: NAME,
    version: 2,
    tables: &["deployments"],
    events: Wants::Aggregates(&["environment"]),
    on_poison: OnPoison::Park,
};

/// Keeps one row per deployment.
#[derive(Clone, Copy, Debug)]
pub struct DeploymentsProjector;

#[async_trait]
impl Projector for DeploymentsProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let environments = keys(batch, |event| Ok([id::<Uuid>(event)?]))?;
        let mut rows = Table::<DeploymentRow>::empty();
        // An environment's deployments are loaded together: a success changes which of them can
        // be taken back.
        rows.also_by(db, "environment_id", environments).await?;
        let touched = keys(batch, |event| {
            Ok([decode::<Event>(event)?.deployment_id().as_uuid()])
        })?;
        rows.also(db, touched).await?;
        each(batch, |event| take(&mut rows, event))?;
        rows.save(db).await
    }
}

/// The deployments of one environment, folded from its stream.
#[derive(Debug)]
pub struct Environment(Table<DeploymentRow>);

impl Environment {
    /// The deployment with this id.
    #[must_use]
    pub fn deployment(mut self, id: DeploymentId) -> Option<DeploymentRow> {
        self.0.remove(&id.as_uuid())
    }
}

/// An environment's deployments after an event.
///
/// # Errors
/// The event cannot be read, or its deployment was never asked for.
pub fn fold(before: Option<Environment>, event: &RecordedEvent) -> Result<Environment, Fault> {
    let mut rows = before.map_or_else(Table::empty, |before| before.0);
    take(&mut rows, event)?;
    Ok(Environment(rows))
}

fn take(rows: &mut Table<DeploymentRow>, event: &RecordedEvent) -> Result<(), Fault> {
    let environment: Uuid = id(event)?;
    let happened = match decode::<Event>(event)? {
        Event::DeploymentRequested(made) => {
            rows.put(requested(environment, event, made));
            return Ok(());
        }
        Event::DeploymentImported(seen) => {
            rows.put(imported(environment, event, seen));
            return Ok(());
        }
        happened => happened,
    };
    let row = rows.require(&happened.deployment_id().as_uuid())?;
    let at = happened.at().unwrap_or(event.recorded_at);
    row.updated_at = at;
    apply(row, &happened, at)?;
    match happened {
        Event::DeploymentCompleted(_) | Event::DeploymentRolledBack(_) => {
            mark_newest(rows, environment)
        }
        _ => Ok(()),
    }
}

fn requested(environment: Uuid, event: &RecordedEvent, made: DeploymentRequested) -> DeploymentRow {
    let stages = StageName::ALL.map(|stage| {
        json!({ "name": stage.as_str(), "status": "pending", "started_at": null, "completed_at": null })
    });
    DeploymentRow {
        id: made.deployment_id.as_uuid(),
        tenant: event.metadata.tenant.as_uuid(),
        environment_id: environment,
        environment: made.environment,
        version: made.version,
        deployment_type: made.deployment_type.as_str().to_owned(),
        status: "pending".to_owned(),
        outcome: None,
        commit_sha: made.commit_sha,
        pr_number: made.pr_number,
        deployed_by: made.requested_by,
        approval_id: None,
        released_at: None,
        started_at: None,
        completed_at: None,
        duration_seconds: None,
        health_check_status: "unknown".to_owned(),
        rollback_available: false,
        stages: Value::from(stages.to_vec()),
        error: None,
        created_at: event.recorded_at,
        updated_at: event.recorded_at,
    }
}

/// What somebody tagged counts as rolled out then.
fn imported(environment: Uuid, event: &RecordedEvent, seen: DeploymentImported) -> DeploymentRow {
    let made = DeploymentRequested {
        deployment_id: seen.deployment_id,
        environment: seen.environment,
        version: seen.version,
        deployment_type: DeploymentType::Tag,
        commit_sha: Some(seen.commit_sha),
        pr_number: None,
        requested_by: "git".to_owned(),
        at: seen.at,
    };
    DeploymentRow {
        status: "success".to_owned(),
        completed_at: Some(seen.at),
        created_at: seen.at,
        updated_at: seen.at,
        ..requested(environment, event, made)
    }
}

fn apply(row: &mut DeploymentRow, event: &Event, at: DateTime<Utc>) -> Result<(), Fault> {
    match event {
        Event::DeploymentApprovalAwaited(e) => row.approval_id = Some(e.approval_id.as_uuid()),
        Event::DeploymentReleased(_) => row.released_at = Some(at),
        Event::DeploymentStarted(started) => {
            row.status = "running".to_owned();
            row.started_at = Some(started.at);
        }
        Event::DeploymentStageStarted(e) => stage(row, e.stage, "in_progress", "started_at", e.at)?,
        Event::DeploymentStageCompleted(e) => {
            stage(row, e.stage, "completed", "completed_at", e.at)?;
        }
        Event::DeploymentStageFailed(e) => stage(row, e.stage, "failed", "completed_at", e.at)?,
        Event::DeploymentCompleted(done) => {
            end(row, "success", done.at);
            row.duration_seconds = Some(done.duration_seconds);
            row.health_check_status = done.health_check_status.as_str().to_owned();
        }
        Event::DeploymentFailed(failed) => {
            end(row, "failed", failed.at);
            stop(row, failed.at)?;
            row.error = Some(failed.error.clone());
        }
        Event::DeploymentCancelled(gone) => {
            end(row, "failed", gone.at);
            stop(row, gone.at)?;
            row.outcome = Some("cancelled".to_owned());
            row.error.clone_from(&gone.reason);
        }
        Event::DeploymentRolledBack(_) => {
            row.status = "failed".to_owned();
            row.outcome = Some("rolled_back".to_owned());
        }
        Event::DeploymentRequested(_) | Event::DeploymentImported(_) => {
            return Err(Fault::new("a deployment was asked for twice"));
        }
        Event::DeploymentStageProgressed(_) | Event::DeploymentLogAppended(_) => {}
    }
    Ok(())
}

fn end(row: &mut DeploymentRow, status: &str, at: DateTime<Utc>) {
    row.status = status.to_owned();
    row.completed_at = Some(at);
    row.duration_seconds = row
        .started_at
        .map(|started| (at - started).num_seconds().max(0));
}

/// A stage that was under way when its deployment ended did not get through.
fn stop(row: &mut DeploymentRow, at: DateTime<Utc>) -> Result<(), Fault> {
    for name in StageName::ALL {
        let running =
            |stage: &Value| stage["name"] == name.as_str() && stage["status"] == "in_progress";
        let stages = row.stages.as_array();
        if stages.is_some_and(|stages| stages.iter().any(running)) {
            stage(row, name, "failed", "completed_at", at)?;
        }
    }
    Ok(())
}

fn stage(
    row: &mut DeploymentRow,
    name: StageName,
    status: &str,
    field: &str,
    at: DateTime<Utc>,
) -> Result<(), Fault> {
    let stages = row
        .stages
        .as_array_mut()
        .ok_or_else(|| Fault::new("stages are not a list"))?;
    let found = stages
        .iter_mut()
        .find(|stage| stage["name"] == name.as_str());
    let stage = found.ok_or_else(|| Fault::new("a stage is missing"))?;
    stage["status"] = status.into();
    stage[field] = json!(at);
    Ok(())
}

/// Of an environment's successes the newest can be taken back, if there is an older one. Tags are
/// none of Pantheon's doing.
fn mark_newest(rows: &mut Table<DeploymentRow>, environment: Uuid) -> Result<(), Fault> {
    let of_it = |row: &&DeploymentRow| {
        let rolled_out = row.status == "success" && row.deployment_type != "tag";
        row.environment_id == environment && rolled_out
    };
    let mut successes: Vec<_> = rows
        .iter()
        .filter(of_it)
        .map(|row| (row.completed_at, row.id))
        .collect();
    successes.sort_unstable();
    let newest = if successes.len() > 1 {
        successes.last().map(|(_, id)| *id)
    } else {
        None
    };
    for key in rows.keys_where(|row| row.environment_id == environment) {
        let row = rows.require(&key)?;
        row.rollback_available = Some(key) == newest;
    }
    Ok(())
}
