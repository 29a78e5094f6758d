//! The words of infrastructure, and what an observer sees.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agents::words;
use crate::{InfrastructureId, TenantId};

/// The place of what is not in a cloud: the installation itself.
pub const LOCAL: &str = "local";

words! {
    /// What kind of thing a resource is.
    ResourceType {
        /// A network.
        Vpc = "vpc",
        /// A part of a network.
        Subnet = "subnet",
        /// A network's way out.
        InternetGateway = "internet_gateway",
        /// The way out of what cannot be reached.
        NatGateway = "nat_gateway",
        /// Where packets go.
        RouteTable = "route_table",
        /// Which packets go through.
        SecurityGroup = "security_group",
        /// Where services run.
        EcsCluster = "ecs_cluster",
        /// A service.
        EcsService = "ecs_service",
        /// A load balancer.
        Alb = "alb",
        /// Those that a load balancer chooses from.
        TargetGroup = "target_group",
        /// A database.
        Rds = "rds",
        /// A cache.
        Redis = "redis",
        /// A registry of images.
        Ecr = "ecr",
        /// A role; its name and address only.
        IamRole = "iam_role",
    }

    /// How a resource is.
    ResourceState {
        /// It is to be made.
        Planned = "planned",
        /// It is being made.
        Creating = "creating",
        /// It is there.
        Available = "available",
        /// It is being changed.
        Updating = "updating",
        /// It is being removed.
        Deleting = "deleting",
        /// It does not work.
        Failed = "failed",
    }

    /// How a service is.
    ServiceStatus {
        /// It works.
        Running = "running",
        /// It is not there.
        Stopped = "stopped",
        /// It is there, and not well.
        Degraded = "degraded",
    }

    /// What a service is to the installation.
    ServiceKind {
        /// A part of Pantheon, or what it stands on.
        Part = "part",
        /// One run of one node.
        Node = "node",
    }
}

/// A resource of a cloud account. No policy, key or value of an environment is ever part of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ObservedResource")]
pub struct Resource {
    /// Its id in the account.
    #[garde(length(chars, min = 1, max = 255))]
    pub id: String,
    /// Its name.
    #[garde(length(chars, min = 1, max = 255))]
    pub name: String,
    /// What it is.
    #[serde(rename = "type")]
    #[garde(skip)]
    pub resource_type: ResourceType,
    /// How it is.
    #[garde(skip)]
    pub state: ResourceState,
    /// Its address in the cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(max = 2_048))]
    pub arn: Option<String>,
    /// The addresses in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(max = 64))]
    pub cidr: Option<String>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(max = 64))]
    pub availability_zone: Option<String>,
    /// What it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(max = 255))]
    pub parent: Option<String>,
    /// When it was made.
    #[serde(
        default,
        deserialize_with = "crate::time::optional",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(skip)]
    pub created_at: Option<DateTime<Utc>>,
    /// What it is connected with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[garde(length(max = 200))]
    pub connections: Vec<String>,
    /// What else is known of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[garde(length(max = 50))]
    pub metadata: BTreeMap<String, String>,
    /// What people wrote on it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[garde(length(max = 100))]
    pub tags: BTreeMap<String, String>,
}

/// A container of this machine's Docker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ObservedContainer")]
pub struct Container {
    /// Its name.
    #[garde(length(chars, min = 1, max = 255))]
    pub name: String,
    /// Docker's word: `running`, `exited` …
    #[garde(length(chars, min = 1, max = 64))]
    pub status: String,
    /// `healthy`, `unhealthy`, `starting`, or `none` without a check.
    #[garde(length(chars, min = 1, max = 64))]
    pub health: String,
    /// The ports, as `docker ps` writes them.
    #[serde(default)]
    #[garde(length(max = 200))]
    pub ports: Vec<String>,
    /// What it was made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(max = 512))]
    pub image: Option<String>,
}

/// A part of the installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ObservedService")]
pub struct Service {
    /// Its name.
    #[garde(length(chars, min = 1, max = 100))]
    pub name: String,
    /// What it is.
    #[garde(skip)]
    pub kind: ServiceKind,
    /// How it is.
    #[garde(skip)]
    pub status: ServiceStatus,
    /// Its address, without any credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(max = 2_048))]
    pub url: Option<String>,
    /// Its port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub port: Option<u16>,
}

/// The stream of a place: a cloud account, or [`LOCAL`].
#[must_use]
pub fn infrastructure_id(tenant: TenantId, place: &str) -> InfrastructureId {
    InfrastructureId::of_key(&[&tenant.to_string(), place])
}
