//! The policies in force: their fold and their queries. What a policy lets through cannot be taken
//! back, so the fold stops whole on what it cannot read.

use std::sync::Arc;

use async_trait::async_trait;
use pantheon_events::approvals::{ApprovalPolicyEvent, policy_id};
use pantheon_events::{RecordedEvent, TenantId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::ApprovalPolicyRow;
use crate::engine::{
    Fault, OnPoison, ProjectError, ProjectionSpec, Projector, Table, Wants, decode, each, id, keys,
};
use crate::query::{QueryError, Reads};

/// The read model's name.
pub const NAME: &str = "approval_policies";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: NAME,
    version: 1,
    tables: &["approval_policies"],
    events: Wants::Aggregates(&["approval_policy"]),
    on_poison: OnPoison::Halt,
};

/// Keeps one row per policy in force.
#[derive(Clone, Copy, Debug)]
pub struct ApprovalPoliciesProjector;

#[async_trait]
impl Projector for ApprovalPoliciesProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let touched = keys(batch, |event| Ok([id::<Uuid>(event)?]))?;
        let mut rows = Table::<ApprovalPolicyRow>::load(db, touched).await?;
        each(batch, |event| {
            match fold(event)? {
                Some(row) => rows.put(row),
                None => drop(rows.remove(&id(event)?)),
            }
            Ok(())
        })?;
        rows.save(db).await
    }
}

/// The row after an event; nothing once the policy is out of force.
///
/// # Errors
/// The event cannot be read.
pub fn fold(event: &RecordedEvent) -> Result<Option<ApprovalPolicyRow>, Fault> {
    let ApprovalPolicyEvent::ApprovalPolicyDefined(defined) = decode(event)? else {
        return Ok(None);
    };
    let policy = serde_json::to_value(defined.policy);
    Ok(Some(ApprovalPolicyRow {
        id: id(event)?,
        tenant: event.metadata.tenant.as_uuid(),
        resource_type: defined.resource_type,
        policy: policy.map_err(|error| Fault::new(error.to_string()))?,
        updated_at: event.recorded_at,
        sequence: event.sequence.get(),
    }))
}

/// A tenant's own policies.
///
/// # Errors
/// Postgres did not answer.
pub async fn policies(
    reads: &Reads,
    tenant: TenantId,
) -> Result<Vec<ApprovalPolicyRow>, QueryError> {
    let rows = sqlx::query_as!(
        ApprovalPolicyRow,
        "select id, tenant, resource_type, policy, updated_at, sequence from approval_policies \
         where tenant = $1 order by resource_type limit 1000",
        tenant.as_uuid(),
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}

/// A tenant's own policy for a kind of thing.
///
/// # Errors
/// Postgres did not answer.
pub async fn policy(
    reads: &Reads,
    tenant: TenantId,
    resource_type: &str,
) -> Result<Option<ApprovalPolicyRow>, QueryError> {
    let row = sqlx::query_as!(
        ApprovalPolicyRow,
        "select id, tenant, resource_type, policy, updated_at, sequence from approval_policies \
         where id = $1 and tenant = $2",
        policy_id(tenant, resource_type).as_uuid(),
        tenant.as_uuid(),
    )
    .fetch_optional(reads.pool())
    .await?;
    Ok(row)
}
