//! `GET /api/v1/infrastructure/topology`: one object for the console to draw.

use std::collections::{BTreeMap, HashSet};

use axum::extract::State;
use chrono::{DateTime, Utc};
use pantheon_events::TenantId;
use pantheon_projections::infrastructure::{accounts, all_resources, local, services};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::reach::{owner, stand};
use super::view::{self, Resource, Service};
use crate::app::App;
use crate::http::{Answer, Caller, Problem, ReadOptions};

/// More than this cannot be drawn.
const MOST: i64 = 5_000;
const HERE: &str = "local";

/// What there is, by kind. Every list is always there.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Topology {
    vpc: Resource,
    public_subnets: Vec<Resource>,
    private_subnets: Vec<Resource>,
    nat_gateways: Vec<Resource>,
    security_groups: Vec<Resource>,
    ecs_services: Vec<Resource>,
    target_groups: Vec<Resource>,
    databases: Vec<Resource>,
    caches: Vec<Resource>,
    iam_roles: Vec<Resource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    internet_gateway: Option<Resource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ecs_cluster: Option<Resource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alb: Option<Resource>,
    nodes: Vec<TopologyNode>,
    edges: Vec<TopologyEdge>,
    #[serde(rename = "synced_at")]
    synced_at: Option<DateTime<Utc>>,
}

/// A point of the drawing.
#[derive(Debug, Serialize, ToSchema)]
pub struct TopologyNode {
    id: String,
    name: String,
    /// The resource's type.
    node_type: String,
    /// The resource's state.
    status: String,
    connections: Vec<String>,
}

/// A line of the drawing.
#[derive(Debug, Serialize, ToSchema)]
pub struct TopologyEdge {
    from: String,
    to: String,
    /// `contains` or `connects`.
    edge_type: &'static str,
}

/// The network and what is in it: that of the cloud account, or what stands for the installation.
#[utoipa::path(get, path = "/api/v1/infrastructure/topology", tag = "infrastructure",
    responses((status = 200, description = "What there is, by kind", body = Topology)))]
pub async fn topology(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
) -> Result<Answer, Problem> {
    let position = stand(&app, &caller, &read).await?;
    if let Some(unchanged) = read.not_modified(position) {
        return Ok(unchanged);
    }
    let drawn = match owner(&app, &caller).await? {
        Some(owner) => seen(&app, owner).await?,
        None => Topology::of(installation(Vec::new()), None),
    };
    Answer::found(&read, position, drawn)
}

async fn seen(app: &App, owner: TenantId) -> Result<Topology, Problem> {
    let accounts = accounts(&app.reads, owner, 1).await?;
    let Some(account) = accounts.first() else {
        let here = local(&app.reads, owner).await?;
        let services = view::services(services(&app.reads, owner, MOST).await?);
        let synced_at = here.and_then(|here| here.synced_at);
        return Ok(Topology::of(installation(services), synced_at));
    };
    let found = all_resources(&app.reads, owner, MOST).await?;
    let found = found.into_iter().map(Resource::from).collect();
    Ok(Topology::of(found, account.synced_at))
}

/// The resources that stand for the installation: Postgres, NATS and each node.
fn installation(services: Vec<Service>) -> Vec<Resource> {
    let mut network = Resource::synthetic(HERE, "vpc", "available");
    network.cidr = Some("127.0.0.0/8".to_owned());
    let inside = services.into_iter().filter_map(|service| {
        let (kind, connections) = match service.name.as_str() {
            "postgres" => ("rds", Vec::new()),
            "nats" => ("ecs_service", Vec::new()),
            _ if service.is_node => (
                "ecs_service",
                vec!["postgres".to_owned(), "nats".to_owned()],
            ),
            _ => return None,
        };
        let state = match service.status.as_str() {
            "running" => "available",
            _ => "failed",
        };
        let mut resource = Resource::synthetic(&service.name, kind, state);
        resource.parent = Some(HERE.to_owned());
        resource.connections = connections;
        Some(resource)
    });
    std::iter::once(network).chain(inside).collect()
}

impl Topology {
    fn of(mut all: Vec<Resource>, synced_at: Option<DateTime<Utc>>) -> Self {
        relate(&mut all);
        let (nodes, edges) = drawing(&all);
        let mut kinds: BTreeMap<String, Vec<Resource>> = BTreeMap::new();
        for resource in all {
            kinds
                .entry(resource.kind.clone())
                .or_default()
                .push(resource);
        }
        let mut of = |kind: &str| kinds.remove(kind).unwrap_or_default();
        let is_public = |subnet: &Resource| {
            let known = subnet.metadata.as_ref().map(|known| &known["public"]);
            known.and_then(Value::as_str) == Some("true")
        };
        let (public_subnets, private_subnets) = of("subnet").into_iter().partition(is_public);
        let network = of("vpc").into_iter().next().map(with_addresses);
        Self {
            vpc: network.unwrap_or_else(|| installation(Vec::new()).remove(0)),
            public_subnets,
            private_subnets,
            nat_gateways: of("nat_gateway"),
            security_groups: of("security_group"),
            ecs_services: of("ecs_service"),
            target_groups: of("target_group"),
            databases: of("rds"),
            caches: of("redis"),
            iam_roles: of("iam_role"),
            internet_gateway: of("internet_gateway").into_iter().next(),
            ecs_cluster: of("ecs_cluster").into_iter().next(),
            alb: of("alb").into_iter().next(),
            nodes,
            edges,
            synced_at,
        }
    }
}

/// The console reads a network's addresses unguarded.
fn with_addresses(mut network: Resource) -> Resource {
    network.cidr.get_or_insert_default();
    network
}

/// Tells every resource what is in it, and lets it name only what is there.
fn relate(all: &mut [Resource]) {
    let ids: HashSet<String> = all.iter().map(|one| one.id.clone()).collect();
    let mut children: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in all.iter_mut() {
        one.connections.retain(|id| ids.contains(id));
        if let Some(parent) = &one.parent {
            children
                .entry(parent.clone())
                .or_default()
                .push(one.id.clone());
        }
    }
    for one in all {
        one.children = children.remove(&one.id).unwrap_or_default();
    }
}

fn drawing(all: &[Resource]) -> (Vec<TopologyNode>, Vec<TopologyEdge>) {
    let nodes = all.iter().map(|one| TopologyNode {
        id: one.id.clone(),
        name: one.name.clone(),
        node_type: one.kind.clone(),
        status: one.state.clone(),
        connections: one.connections.clone(),
    });
    let edges = all.iter().flat_map(|one| {
        let edge = |to: &String, edge_type| TopologyEdge {
            from: one.id.clone(),
            to: to.clone(),
            edge_type,
        };
        let inside = one.children.iter().map(move |to| edge(to, "contains"));
        inside.chain(one.connections.iter().map(move |to| edge(to, "connects")))
    });
    (nodes.collect(), edges.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn drawn(all: Vec<Resource>) -> Value {
        serde_json::to_value(Topology::of(all, None)).expect("JSON")
    }

    #[test]
    fn every_list_is_there_when_nothing_else_is() {
        let drawn = drawn(Vec::new());
        for list in [
            "publicSubnets",
            "privateSubnets",
            "natGateways",
            "securityGroups",
            "ecsServices",
            "targetGroups",
            "databases",
            "caches",
            "iamRoles",
            "edges",
        ] {
            assert_eq!(drawn[list], json!([]), "{list}");
        }
        assert_eq!(drawn["vpc"]["name"], "local");
        assert_eq!(drawn["vpc"]["cidr"], "127.0.0.0/8");
        assert_eq!(drawn["synced_at"], Value::Null);
        assert!(drawn.get("alb").is_none());
    }

    #[test]
    fn a_subnet_is_in_its_network_and_on_its_side() {
        let mut outside = Resource::synthetic("a", "subnet", "available");
        outside.parent = Some("net".to_owned());
        outside.metadata = Some(json!({ "public": "true" }));
        let mut inside = Resource::synthetic("b", "subnet", "available");
        inside.parent = Some("net".to_owned());
        inside.connections = vec!["a".to_owned(), "elsewhere".to_owned()];
        let network = Resource::synthetic("net", "vpc", "available");
        let drawn = drawn(vec![network, outside, inside]);
        assert_eq!(drawn["publicSubnets"][0]["id"], "a");
        assert_eq!(drawn["privateSubnets"][0]["id"], "b");
        assert_eq!(drawn["vpc"]["children"], json!(["a", "b"]));
        assert_eq!(drawn["vpc"]["cidr"], "");
        let edges = json!([
            { "from": "net", "to": "a", "edge_type": "contains" },
            { "from": "net", "to": "b", "edge_type": "contains" },
            { "from": "b", "to": "a", "edge_type": "connects" },
        ]);
        assert_eq!(drawn["edges"], edges);
    }
}
