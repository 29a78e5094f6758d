//! One place: a cloud account, or the installation itself, as the observers saw it last.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use pantheon_events::InfrastructureId;
use pantheon_events::infrastructure::{
    Container, InfrastructureCommand as Command, InfrastructureEvent as Event, LOCAL, Resource,
    Service, infrastructure_id,
};
use serde::{Deserialize, Serialize};

use super::{InfrastructureError, decide};
use crate::aggregate;
use crate::domain::Asked;

/// A place's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Infrastructure {
    /// What is there, by id.
    pub resources: BTreeMap<String, Resource>,
    /// Docker's containers, by name.
    pub containers: BTreeMap<String, Container>,
    /// The installation's parts, by name.
    pub services: BTreeMap<String, Service>,
    /// Since when somebody waits for a look.
    pub asked_at: Option<DateTime<Utc>>,
    /// The last good look that is recorded.
    pub synced_at: Option<DateTime<Utc>>,
    /// Whether the last look failed.
    pub failed: bool,
}

impl Infrastructure {
    fn decide(&self, asked: &Asked<Command>) -> Result<Vec<Event>, InfrastructureError> {
        let place = match &asked.command {
            Command::ObserveResources(seen) => seen.account.as_str(),
            _ => LOCAL,
        };
        if *asked.id != *infrastructure_id(asked.by.tenant, place).to_string() {
            return Err(InfrastructureError::OtherId);
        }
        Ok(match &asked.command {
            Command::ObserveResources(seen) => decide::observe_resources(self, seen, asked.at),
            Command::ObserveContainers(seen) => decide::observe_containers(self, seen),
            Command::ObserveService(seen) => decide::observe_service(self, &seen.service),
            Command::RequestSync(_) => decide::request_sync(self, asked.at),
        })
    }

    fn evolve(&mut self, event: Event) {
        match event {
            Event::InfrastructureResourceObserved(seen) => {
                self.resources
                    .insert(seen.resource.id.clone(), seen.resource);
            }
            Event::InfrastructureResourceGone(gone) => {
                self.resources.remove(&gone.id);
            }
            Event::InfrastructureSyncRequested(asked) => self.asked_at = Some(asked.at),
            Event::InfrastructureSynced(synced) => {
                self.asked_at = None;
                self.synced_at = Some(synced.at);
                self.failed = false;
            }
            Event::InfrastructureSyncFailed(_) => {
                self.asked_at = None;
                self.failed = true;
            }
            Event::ContainerStatusChanged(seen) => {
                let container = Container {
                    name: seen.name.clone(),
                    status: seen.status,
                    health: seen.health,
                    ports: seen.ports,
                    image: seen.image,
                };
                self.containers.insert(seen.name, container);
            }
            Event::ContainerGone(gone) => {
                self.containers.remove(&gone.name);
            }
            Event::ServiceStatusChanged(seen) => decide::keep(&mut self.services, seen),
        }
    }

    /// One spelling per id, so that there is one stream per place.
    fn valid_id(id: &str) -> bool {
        id.parse::<InfrastructureId>()
            .is_ok_and(|parsed| parsed.to_string() == id)
    }
}

aggregate!(Infrastructure: Command => Event, InfrastructureError);
