//! A deployment on the outside.

use chrono::{DateTime, Utc};
use pantheon_events::{DeploymentId, Sequence, TenantId};
use pantheon_projections::deployments::{DeploymentRow, one};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::http::Problem;

/// A deployment as operators see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Deployment {
    id: Uuid,
    /// `<environment> <version>`.
    name: String,
    environment: String,
    status: String,
    created_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<DateTime<Utc>>,
    version: String,
    deployment_type: String,
    pr_number: Option<i64>,
    commit_sha: Option<String>,
    deployed_by: String,
    started_at: Option<DateTime<Utc>>,
    duration_seconds: Option<i64>,
    health_check_status: String,
    rollback_available: bool,
    #[schema(value_type = Vec<Object>)]
    stages: Vec<Value>,
    approval_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// The sequence of its environment's stream, for `If-Match`; in answers about one only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    sequence: Option<Sequence>,
}

impl From<DeploymentRow> for Deployment {
    fn from(row: DeploymentRow) -> Self {
        let stages = stages(&row);
        Self {
            id: row.id,
            name: format!("{} {}", row.environment, row.version),
            environment: row.environment,
            status: row.status,
            created_at: row.created_at,
            completed_at: row.completed_at,
            version: row.version,
            deployment_type: row.deployment_type,
            pr_number: row.pr_number,
            commit_sha: row.commit_sha,
            deployed_by: row.deployed_by,
            started_at: row.started_at,
            duration_seconds: row.duration_seconds,
            health_check_status: row.health_check_status,
            rollback_available: row.rollback_available,
            stages,
            approval_id: row.approval_id,
            outcome: row.outcome,
            error: row.error,
            sequence: None,
        }
    }
}

impl Deployment {
    /// The deployment with its environment's sequence.
    pub(super) fn numbered(row: DeploymentRow, sequence: Sequence) -> Self {
        Self {
            sequence: Some(sequence),
            ..Self::from(row)
        }
    }
}

/// The stages with how long each took.
pub(super) fn stages(row: &DeploymentRow) -> Vec<Value> {
    let time = |value: &Value| {
        value
            .as_str()
            .and_then(|text| text.parse::<DateTime<Utc>>().ok())
    };
    let stages = row.stages.as_array().cloned().unwrap_or_default();
    stages
        .into_iter()
        .map(|mut stage| {
            let took = time(&stage["completed_at"])
                .zip(time(&stage["started_at"]))
                .map(|(end, start)| (end - start).num_seconds());
            stage["duration_seconds"] = json!(took);
            stage
        })
        .collect()
}

/// The deployment with this id, of this tenant.
pub(super) async fn visible(
    app: &App,
    tenant: TenantId,
    id: &str,
) -> Result<DeploymentRow, Problem> {
    let id: DeploymentId = id.parse().map_err(|_| Problem::not_found())?;
    one(&app.reads, tenant, id)
        .await?
        .ok_or_else(Problem::not_found)
}
