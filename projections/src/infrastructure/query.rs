//! The queries over infrastructure.

use chrono::{DateTime, Utc};
use pantheon_events::TenantId;
use pantheon_events::infrastructure::LOCAL;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ContainerRow, PlaceRow, ResourceRow, ServiceRow};
use crate::query::{QueryError, Reads, cursor};

/// Which resources, by type and id.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this type.
    pub kind: Option<String>,
    /// In this state.
    pub state: Option<String>,
    /// So many at most.
    pub limit: i64,
    /// Go on after an earlier page.
    pub cursor: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct After {
    kind: String,
    id: String,
    place: Uuid,
}

/// The cloud accounts of a tenant.
///
/// # Errors
/// Postgres did not answer.
pub async fn accounts(
    reads: &Reads,
    tenant: TenantId,
    limit: i64,
) -> Result<Vec<PlaceRow>, QueryError> {
    let rows = sqlx::query_as!(
        PlaceRow,
        "select id, tenant, account, name, region, synced_at, asked_at, waiting, failed \
         from infrastructure_places where tenant = $1 and account <> $2 order by account limit $3",
        tenant.as_uuid(),
        LOCAL,
        limit,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}

/// The installation itself, once anything was seen of it.
///
/// # Errors
/// Postgres did not answer.
pub async fn local(reads: &Reads, tenant: TenantId) -> Result<Option<PlaceRow>, QueryError> {
    let row = sqlx::query_as!(
        PlaceRow,
        "select id, tenant, account, name, region, synced_at, asked_at, waiting, failed \
         from infrastructure_places where tenant = $1 and account = $2",
        tenant.as_uuid(),
        LOCAL,
    )
    .fetch_optional(reads.pool())
    .await?;
    Ok(row)
}

/// The places of all tenants where somebody waits for a look.
///
/// # Errors
/// Postgres did not answer.
pub async fn waiting(reads: &Reads) -> Result<Vec<PlaceRow>, QueryError> {
    let rows = sqlx::query_as!(
        PlaceRow,
        "select id, tenant, account, name, region, synced_at, asked_at, waiting, failed \
         from infrastructure_places where waiting order by asked_at limit 100",
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}

/// When somebody asked for a look last, in whatever tenant.
///
/// # Errors
/// Postgres did not answer.
pub async fn last_asked(reads: &Reads) -> Result<Option<DateTime<Utc>>, QueryError> {
    let asked = sqlx::query_scalar!(
        "select asked_at from infrastructure_places where asked_at is not null \
         order by asked_at desc limit 1",
    )
    .fetch_optional(reads.pool())
    .await?;
    Ok(asked.flatten())
}

/// A page of a tenant's resources, and where the next one starts.
///
/// # Errors
/// The cursor is of another list; Postgres did not answer.
pub async fn resources(
    reads: &Reads,
    tenant: TenantId,
    filter: &Filter,
) -> Result<(Vec<ResourceRow>, Option<String>), QueryError> {
    let after: Option<After> = filter.cursor.as_deref().map(cursor::decode).transpose()?;
    let mut rows = sqlx::query_as!(
        ResourceRow,
        "select place, id, tenant, account, region, name, kind, state, arn, cidr, \
         availability_zone, parent, created_at, connections, metadata, tags \
         from infrastructure_resources where tenant = $1 \
         and ($2::text is null or kind = $2) and ($3::text is null or state = $3) \
         and ($4::text is null or (kind, id, place) > ($4, $5, $6)) \
         order by kind, id, place limit $7",
        tenant.as_uuid(),
        filter.kind,
        filter.state,
        after.as_ref().map(|after| after.kind.as_str()),
        after.as_ref().map(|after| after.id.as_str()),
        after.as_ref().map(|after| after.place),
        filter.limit + 1,
    )
    .fetch_all(reads.pool())
    .await?;
    let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| more);
    let next = last.map(|last| {
        cursor::encode(&After {
            kind: last.kind.clone(),
            id: last.id.clone(),
            place: last.place,
        })
    });
    Ok((rows, next))
}

/// So many of a tenant's resources at most, for what shows all of them.
///
/// # Errors
/// Postgres did not answer.
pub async fn all_resources(
    reads: &Reads,
    tenant: TenantId,
    limit: i64,
) -> Result<Vec<ResourceRow>, QueryError> {
    let filter = Filter {
        limit,
        ..Filter::default()
    };
    Ok(resources(reads, tenant, &filter).await?.0)
}

/// A tenant's containers by name.
///
/// # Errors
/// Postgres did not answer.
pub async fn containers(
    reads: &Reads,
    tenant: TenantId,
    limit: i64,
) -> Result<Vec<ContainerRow>, QueryError> {
    let rows = sqlx::query_as!(
        ContainerRow,
        "select place, name, tenant, status, health, ports, image \
         from infrastructure_containers where tenant = $1 order by name, place limit $2",
        tenant.as_uuid(),
        limit,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}

/// A tenant's services by name.
///
/// # Errors
/// Postgres did not answer.
pub async fn services(
    reads: &Reads,
    tenant: TenantId,
    limit: i64,
) -> Result<Vec<ServiceRow>, QueryError> {
    let rows = sqlx::query_as!(
        ServiceRow,
        "select place, name, tenant, kind, status, url, port \
         from infrastructure_services where tenant = $1 order by name, place limit $2",
        tenant.as_uuid(),
        limit,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}
