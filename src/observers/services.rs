//! The observer `services`: Pantheon's own parts, what they stand on, and the nodes.
//!
//! Which parts run follows from the nodes that were heard of lately; whether they are well, from what
//! this node knows. It also ends the looks that somebody asked for.

use std::time::Duration;

use async_trait::async_trait;
use pantheon_events::infrastructure::{
    LOCAL, ObserveResources, ObserveService, Service, ServiceKind, ServiceStatus, infrastructure_id,
};
use pantheon_events::{Actor, CommandContext, CommandId, TenantId};
use pantheon_log::FollowerState;
use pantheon_projections::{infrastructure, nodes};
use url::Url;

use super::{Observer, Unseen};
use crate::app::App;

const NAME: &str = "services";
const EVERY: Duration = Duration::from_secs(10);

/// Looks at the installation itself.
pub(super) struct Services {
    pub app: App,
}

#[async_trait]
impl Observer for Services {
    fn name(&self) -> &'static str {
        NAME
    }

    fn every(&self) -> Duration {
        EVERY
    }

    async fn look(&self) -> Result<(), Unseen> {
        let tenant = TenantId::default_organization();
        let id = infrastructure_id(tenant, LOCAL).to_string();
        let dispatcher = &self.app.commands.infrastructure;
        let known = dispatcher.load(&id).await?;
        let (at, known) = (known.sequence.to_string(), known.aggregate.services);
        let mut seen = self.seen().await?;
        let over = known.values().filter(|service| {
            service.kind == ServiceKind::Node && seen.iter().all(|now| now.name != service.name)
        });
        let over: Vec<_> = over.map(ended).collect();
        seen.extend(over);
        for service in seen {
            if known.get(&service.name) == Some(&service) {
                continue;
            }
            let key = [NAME, &id, &at, &service.name, service.status.as_str()];
            let by = of_key(tenant, &key);
            dispatcher
                .dispatch(&id, ObserveService { service }, by)
                .await?;
        }
        self.end_looks().await
    }
}

impl Services {
    async fn seen(&self) -> Result<Vec<Service>, Unseen> {
        let since = self.app.clock.now() - self.app.config.node_counts_for();
        let tenant = TenantId::default_organization();
        let nodes = nodes::live(&self.app.reads, tenant, since).await?;
        let others = nodes.into_iter().filter(|node| node.id != self.app.node);
        let mut names = vec![self.app.node.clone()];
        let mut parts = self.app.config.parts.names();
        for other in others {
            names.push(other.id);
            parts.extend(other.parts);
        }
        let nats = self.nats();
        let running = |name: &str| match parts.iter().any(|part| part == name) {
            true => ServiceStatus::Running,
            false => ServiceStatus::Stopped,
        };
        let mut seen = vec![
            self.postgres(),
            part("api", running("api")),
            part("live", running("live")),
            part("relay", self.relay(running("relay"), nats.status)),
            part("projector", self.projector(running("projector")).await?),
            nats,
        ];
        seen.extend(names.into_iter().map(|name| Service {
            kind: ServiceKind::Node,
            ..part(&name, ServiceStatus::Running)
        }));
        Ok(seen)
    }

    /// Whoever reads this was told by Postgres that it works.
    fn postgres(&self) -> Service {
        let options = self.app.log.pool().connect_options();
        let (host, port) = (options.get_host(), options.get_port());
        let database = options.get_database().unwrap_or_default();
        Service {
            url: Some(format!("postgres://{host}:{port}/{database}")),
            port: Some(port),
            ..part("postgres", ServiceStatus::Running)
        }
    }

    fn nats(&self) -> Service {
        let Some(bus) = &self.app.bus else {
            return part("nats", ServiceStatus::Stopped);
        };
        let status = match bus.check() {
            Ok(()) => ServiceStatus::Running,
            Err(_) => ServiceStatus::Stopped,
        };
        let url = bus.public_url();
        Service {
            port: Url::parse(&url).ok().and_then(|url| url.port()),
            url: Some(url),
            ..part("nats", status)
        }
    }

    /// It fills the mirror, so there is none without a bus.
    fn relay(&self, status: ServiceStatus, nats: ServiceStatus) -> ServiceStatus {
        let halted = self
            .app
            .health
            .get("relay")
            .is_some_and(|relay| relay.state() == FollowerState::Halted);
        match status {
            _ if self.app.bus.is_none() => ServiceStatus::Stopped,
            ServiceStatus::Running if halted || nats != ServiceStatus::Running => {
                ServiceStatus::Degraded
            }
            status => status,
        }
    }

    async fn projector(&self, status: ServiceStatus) -> Result<ServiceStatus, Unseen> {
        let stored = self.app.projections.list().await;
        let stored = stored.map_err(Unseen::because)?;
        let halted = stored.iter().any(|model| model.state == "halted");
        Ok(match status {
            ServiceStatus::Running if halted => ServiceStatus::Degraded,
            status => status,
        })
    }

    /// Whoever waits for a look hears that there was one.
    async fn end_looks(&self) -> Result<(), Unseen> {
        for place in infrastructure::waiting(&self.app.reads).await? {
            let (tenant, id) = (TenantId::new(place.tenant), place.id.to_string());
            let asked = place.asked_at.map(|at| at.timestamp_micros().to_string());
            let by = of_key(tenant, &[NAME, &id, "synced", &asked.unwrap_or_default()]);
            let looked = ObserveResources {
                account: place.account,
                name: None,
                region: None,
                resources: Vec::new(),
                failed: None,
            };
            let dispatcher = &self.app.commands.infrastructure;
            dispatcher.dispatch(&id, looked, by).await?;
        }
        Ok(())
    }
}

fn part(name: &str, status: ServiceStatus) -> Service {
    Service {
        name: name.to_owned(),
        kind: ServiceKind::Part,
        status,
        url: None,
        port: None,
    }
}

fn ended(service: &Service) -> Service {
    Service {
        status: ServiceStatus::Stopped,
        ..service.clone()
    }
}

fn of_key(tenant: TenantId, key: &[&str]) -> CommandContext {
    CommandContext::new(tenant, Actor::system(NAME), Some(CommandId::of_key(key)))
}
