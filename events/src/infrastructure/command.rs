//! What observers report, and what people ask for.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Container, Resource, Service};
use crate::commands;

/// An observer looked at all resources of an account, or could not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ObserveResources {
    /// The account's id, or `local`.
    #[garde(length(chars, min = 1, max = 255))]
    pub account: String,
    /// The account's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 255))]
    pub name: Option<String>,
    /// Where it was looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 64))]
    pub region: Option<String>,
    /// All resources that are there.
    #[serde(default)]
    #[garde(length(max = 2_000), dive)]
    pub resources: Vec<Resource>,
    /// Why nothing could be seen. The resources are left as they were then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 1_024))]
    pub failed: Option<String>,
}

/// An observer looked at all containers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ObserveContainers {
    /// All containers that are there.
    #[garde(length(max = 2_000), dive)]
    pub containers: Vec<Container>,
}

/// An observer looked at a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ObserveService {
    /// How it is.
    #[garde(dive)]
    pub service: Service,
}

/// Asks the observers to look now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RequestSync {}

commands! {
    /// The commands of one place: a cloud account, or the installation itself.
    pub enum InfrastructureCommand for "infrastructure" {
        ObserveResources = "observe_resources" creates,
        ObserveContainers = "observe_containers" creates,
        ObserveService = "observe_service" creates,
        RequestSync = "request_sync" creates,
    }
}
