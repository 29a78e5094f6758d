//! Infrastructure on the outside.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use pantheon_projections::infrastructure::{ResourceRow, ServiceRow};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// What is always among the services, in this order.
const PARTS: [&str; 6] = ["postgres", "nats", "api", "relay", "projector", "live"];

/// A resource as the console draws it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TopologyResource)]
pub struct Resource {
    pub(super) id: String,
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cidr: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) availability_zone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) children: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) connections: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(super) metadata: Option<Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) tags: BTreeMap<String, String>,
}

impl From<ResourceRow> for Resource {
    fn from(row: ResourceRow) -> Self {
        let empty = row
            .metadata
            .as_object()
            .is_none_or(serde_json::Map::is_empty);
        Self {
            id: row.id,
            name: row.name,
            kind: row.kind,
            state: row.state,
            arn: row.arn,
            cidr: row.cidr,
            availability_zone: row.availability_zone,
            parent: row.parent,
            created_at: row.created_at,
            children: Vec::new(),
            connections: row.connections,
            metadata: (!empty).then_some(row.metadata),
            tags: serde_json::from_value(row.tags).unwrap_or_default(),
        }
    }
}

impl Resource {
    /// One that stands for a part of the installation.
    pub(super) fn synthetic(id: &str, kind: &str, state: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: id.to_owned(),
            kind: kind.to_owned(),
            state: state.to_owned(),
            arn: None,
            cidr: None,
            availability_zone: None,
            parent: None,
            created_at: None,
            children: Vec::new(),
            connections: Vec::new(),
            metadata: Some(json!({ "synthetic": true })),
            tags: BTreeMap::new(),
        }
    }
}

/// The installation's services: its parts, whether anything was seen of them or not, then its nodes.
pub(super) fn services(seen: Vec<ServiceRow>) -> Vec<Service> {
    let mut nodes: Vec<Service> = Vec::new();
    let mut parts = PARTS.map(|name| Service {
        name: name.to_owned(),
        status: unseen(name).to_owned(),
        url: None,
        port: None,
        is_node: false,
    });
    for row in seen {
        let service = Service {
            name: row.name,
            status: row.status,
            url: row.url,
            port: row.port,
            is_node: row.kind == "node",
        };
        match parts.iter_mut().find(|part| part.name == service.name) {
            Some(part) => *part = service,
            None => nodes.push(service),
        }
    }
    parts.into_iter().chain(nodes).collect()
}

/// What an answer is read from works; of the rest nothing is known.
fn unseen(part: &str) -> &'static str {
    match part {
        "postgres" => "running",
        _ => "stopped",
    }
}

/// A part of the installation.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = InfrastructureService)]
pub struct Service {
    pub(super) name: String,
    /// `running`, `stopped` or `degraded`.
    pub(super) status: String,
    /// Without any credentials.
    pub(super) url: Option<String>,
    pub(super) port: Option<i32>,
    #[serde(skip)]
    pub(super) is_node: bool,
}
