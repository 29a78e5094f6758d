//! What changed in a place.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Resource, ResourceType, ServiceKind, ServiceStatus};
use crate::events;

/// A resource is new, or another than before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InfrastructureResourceObserved {
    /// The account's id.
    pub account: String,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The resource as it is now.
    pub resource: Resource,
}

/// A resource is not there any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InfrastructureResourceGone {
    /// The account's id.
    pub account: String,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it was.
    #[serde(rename = "type")]
    pub resource_type: ResourceType,
}

/// A place was looked at: what is recorded of it is what is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InfrastructureSynced {
    /// The account's id, or `local`.
    pub account: String,
    /// The account's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where it was looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// How many resources are there.
    pub resources: u32,
    /// When, by the node's clock.
    pub at: DateTime<Utc>,
}

/// A place could not be looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InfrastructureSyncFailed {
    /// The account's id, or `local`.
    pub account: String,
    /// The account's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where it was looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Why.
    pub reason: String,
    /// When, by the node's clock.
    pub at: DateTime<Utc>,
}

/// Somebody wants to have everything looked at now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InfrastructureSyncRequested {
    /// When, by the node's clock.
    pub at: DateTime<Utc>,
}

/// A container is new, or another than before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContainerStatusChanged {
    /// Its name.
    pub name: String,
    /// Docker's word for how it is.
    pub status: String,
    /// `healthy`, `unhealthy`, `starting`, or `none` without a check.
    pub health: String,
    /// The ports, as `docker ps` writes them.
    pub ports: Vec<String>,
    /// What it was made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Docker's word for how it was, if it was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_status: Option<String>,
}

/// A container is not there any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContainerGone {
    /// Its name.
    pub name: String,
}

/// A service is new, or another than before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceStatusChanged {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ServiceKind,
    /// How it is.
    pub status: ServiceStatus,
    /// Its address, without any credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// How it was, if it was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_status: Option<ServiceStatus>,
}

events! {
    /// The events of one place.
    pub enum InfrastructureEvent for "infrastructure" {
        InfrastructureResourceObserved = "infrastructure_resource_observed" @ "1",
        InfrastructureResourceGone = "infrastructure_resource_gone" @ "1",
        InfrastructureSynced = "infrastructure_synced" @ "1",
        InfrastructureSyncFailed = "infrastructure_sync_failed" @ "1",
        InfrastructureSyncRequested = "infrastructure_sync_requested" @ "1",
        ContainerStatusChanged = "container_status_changed" @ "1",
        ContainerGone = "container_gone" @ "1",
        ServiceStatusChanged = "service_status_changed" @ "1",
    }
}
