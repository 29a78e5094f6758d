//! The read model `infrastructure`: every place, and what is in it now.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use pantheon_events::RecordedEvent;
use pantheon_events::infrastructure::{
    InfrastructureEvent as Event, InfrastructureResourceObserved, LOCAL, ServiceKind, ServiceStatus,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{ContainerRow, PlaceRow, ResourceRow, ServiceRow};
use crate::engine::{
    Fault, OnPoison, ProjectError, ProjectionSpec, Projector, Table, Wants, decode, each, id, keys,
};

/// The read model's name.
pub const NAME: &str = "infrastructure";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: NAME,
    version: 1,
    tables: &[
        "infrastructure_places",
        "infrastructure_resources",
        "infrastructure_containers",
        "infrastructure_services",
    ],
    events: Wants::Aggregates(&["infrastructure"]),
    on_poison: OnPoison::Park,
};

/// Keeps what is there.
#[derive(Clone, Copy, Debug)]
pub struct InfrastructureProjector;

#[async_trait]
impl Projector for InfrastructureProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let mut tables = Tables::load(batch, db).await?;
        each(batch, |event| tables.take(event))?;
        tables.places.save(db).await?;
        tables.resources.save(db).await?;
        tables.containers.save(db).await?;
        tables.services.save(db).await
    }
}

struct Tables {
    places: Table<PlaceRow>,
    resources: Table<ResourceRow>,
    containers: Table<ContainerRow>,
    services: Table<ServiceRow>,
}

impl Tables {
    async fn load(
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<Self, ProjectError> {
        let places = keys(batch, |event| Ok([id::<Uuid>(event)?]))?;
        let resources = keys(batch, |event| {
            Ok(match decode::<Event>(event)? {
                Event::InfrastructureResourceObserved(seen) => vec![(id(event)?, seen.resource.id)],
                Event::InfrastructureResourceGone(gone) => vec![(id(event)?, gone.id)],
                _ => Vec::new(),
            })
        })?;
        let containers = keys(batch, |event| {
            Ok(match decode::<Event>(event)? {
                Event::ContainerStatusChanged(seen) => vec![(id(event)?, seen.name)],
                Event::ContainerGone(gone) => vec![(id(event)?, gone.name)],
                _ => Vec::new(),
            })
        })?;
        let services = keys(batch, |event| {
            Ok(match decode::<Event>(event)? {
                Event::ServiceStatusChanged(seen) => vec![(id(event)?, seen.name)],
                _ => Vec::new(),
            })
        })?;
        Ok(Self {
            places: Table::load(db, places).await?,
            resources: Table::load(db, resources).await?,
            containers: Table::load(db, containers).await?,
            services: Table::load(db, services).await?,
        })
    }

    fn take(&mut self, event: &RecordedEvent) -> Result<(), Fault> {
        let (place, tenant) = (id::<Uuid>(event)?, event.metadata.tenant.as_uuid());
        match decode::<Event>(event)? {
            Event::InfrastructureResourceObserved(seen) => {
                self.place(place, tenant, &seen.account);
                self.resources.put(resource(place, tenant, seen)?);
            }
            Event::InfrastructureResourceGone(gone) => {
                self.resources.remove(&(place, gone.id));
            }
            Event::InfrastructureSyncRequested(asked) => {
                let row = self.place(place, tenant, LOCAL);
                row.asked_at = Some(asked.at);
                row.waiting = true;
            }
            Event::InfrastructureSynced(synced) => {
                let row = self.place(place, tenant, &synced.account);
                row.name = synced.name;
                row.region = synced.region;
                row.synced_at = Some(synced.at);
                row.waiting = false;
                row.failed = None;
            }
            Event::InfrastructureSyncFailed(failed) => {
                let row = self.place(place, tenant, &failed.account);
                row.name = failed.name.or_else(|| row.name.take());
                row.region = failed.region.or_else(|| row.region.take());
                row.waiting = false;
                row.failed = Some(failed.reason);
            }
            Event::ContainerStatusChanged(seen) => {
                self.place(place, tenant, LOCAL);
                self.containers.put(ContainerRow {
                    place,
                    name: seen.name,
                    tenant,
                    status: seen.status,
                    health: seen.health,
                    ports: seen.ports,
                    image: seen.image,
                });
            }
            Event::ContainerGone(gone) => {
                self.containers.remove(&(place, gone.name));
            }
            Event::ServiceStatusChanged(seen)
                if seen.kind == ServiceKind::Node && seen.status == ServiceStatus::Stopped =>
            {
                self.services.remove(&(place, seen.name));
            }
            Event::ServiceStatusChanged(seen) => {
                self.place(place, tenant, LOCAL);
                self.services.put(ServiceRow {
                    place,
                    name: seen.name,
                    tenant,
                    kind: seen.kind.as_str().to_owned(),
                    status: seen.status.as_str().to_owned(),
                    url: seen.url,
                    port: seen.port.map(i32::from),
                });
            }
        }
        Ok(())
    }

    fn place(&mut self, id: Uuid, tenant: Uuid, account: &str) -> &mut PlaceRow {
        self.places.or_insert_with(&id, || PlaceRow {
            id,
            tenant,
            account: account.to_owned(),
            name: None,
            region: None,
            synced_at: None,
            asked_at: None,
            waiting: false,
            failed: None,
        })
    }
}

fn resource(
    place: Uuid,
    tenant: Uuid,
    seen: InfrastructureResourceObserved,
) -> Result<ResourceRow, Fault> {
    let texts = |map: BTreeMap<String, String>| {
        serde_json::to_value(map).map_err(|error| Fault::new(error.to_string()))
    };
    let resource = seen.resource;
    Ok(ResourceRow {
        place,
        id: resource.id,
        tenant,
        account: seen.account,
        region: seen.region,
        name: resource.name,
        kind: resource.resource_type.as_str().to_owned(),
        state: resource.state.as_str().to_owned(),
        arn: resource.arn,
        cidr: resource.cidr,
        availability_zone: resource.availability_zone,
        parent: resource.parent,
        created_at: resource.created_at,
        connections: resource.connections,
        metadata: texts(resource.metadata)?,
        tags: texts(resource.tags)?,
    })
}
