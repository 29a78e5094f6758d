//! `GET /api/v1/infrastructure/status`.

use axum::extract::State;
use pantheon_events::TenantId;
use pantheon_projections::infrastructure::{ContainerRow, Filter, resources, services};
use pantheon_projections::{QueryError, infrastructure};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::reach::{owner, stand};
use super::view::{self, Resource, Service};
use crate::app::App;
use crate::http::{Answer, Caller, Problem, ReadOptions};

/// Nobody has more of one kind on one machine.
const MOST: i64 = 1_000;

/// What the installation runs on and beside.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct InfrastructureStatus {
    docker_containers: Vec<DockerContainer>,
    services: Vec<Service>,
    ecr_repositories: Vec<EcrRepository>,
}

/// A container of this machine's Docker.
#[derive(Debug, Serialize, ToSchema)]
pub struct DockerContainer {
    name: String,
    /// Docker's word: `running`, `exited` …
    status: String,
    /// `healthy`, `unhealthy`, `starting`, or `none` without a check.
    health: String,
    /// As `docker ps` writes them.
    ports: Vec<String>,
}

/// A registry of images.
#[derive(Debug, Serialize, ToSchema)]
pub struct EcrRepository {
    name: String,
    uri: String,
    image_count: i64,
}

impl From<ContainerRow> for DockerContainer {
    fn from(row: ContainerRow) -> Self {
        Self {
            name: row.name,
            status: row.status,
            health: row.health,
            ports: row.ports,
        }
    }
}

impl From<Resource> for EcrRepository {
    fn from(registry: Resource) -> Self {
        let known = registry.metadata.unwrap_or_default();
        let text = |name: &str| known.get(name).and_then(Value::as_str).unwrap_or_default();
        Self {
            name: registry.name,
            uri: text("uri").to_owned(),
            image_count: text("image_count").parse().unwrap_or(0),
        }
    }
}

/// Containers, services and registries of images.
#[utoipa::path(get, path = "/api/v1/infrastructure/status", tag = "infrastructure",
    responses((status = 200, description = "What is there", body = InfrastructureStatus)))]
pub async fn status(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
) -> Result<Answer, Problem> {
    let position = stand(&app, &caller, &read).await?;
    if let Some(unchanged) = read.not_modified(position) {
        return Ok(unchanged);
    }
    let found = match owner(&app, &caller).await? {
        Some(owner) => seen(&app, owner).await?,
        None => InfrastructureStatus::default(),
    };
    Answer::found(&read, position, found)
}

async fn seen(app: &App, owner: TenantId) -> Result<InfrastructureStatus, QueryError> {
    let containers = infrastructure::containers(&app.reads, owner, MOST).await?;
    let services = services(&app.reads, owner, MOST).await?;
    let registries = Filter {
        kind: Some("ecr".to_owned()),
        limit: MOST,
        ..Filter::default()
    };
    let (registries, _) = resources(&app.reads, owner, &registries).await?;
    let registries = registries.into_iter().map(Resource::from);
    Ok(InfrastructureStatus {
        docker_containers: containers.into_iter().map(DockerContainer::from).collect(),
        services: view::services(services),
        ecr_repositories: registries.map(EcrRepository::from).collect(),
    })
}
