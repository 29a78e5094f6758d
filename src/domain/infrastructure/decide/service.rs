//! `observe_service`: how one part of the installation is. A run of a node that has ended is
//! forgotten: the next run has another name.

use std::collections::BTreeMap;

use pantheon_events::infrastructure::{
    InfrastructureEvent as Event, Service, ServiceKind, ServiceStatus, ServiceStatusChanged,
};

use super::super::Infrastructure;

pub(in super::super) fn observe_service(place: &Infrastructure, now: &Service) -> Vec<Event> {
    let before = place.services.get(&now.name);
    let never_there = before.is_none() && over(now.kind, now.status);
    if before == Some(now) || never_there {
        return Vec::new();
    }
    let changed = ServiceStatusChanged {
        name: now.name.clone(),
        kind: now.kind,
        status: now.status,
        url: now.url.clone(),
        port: now.port,
        old_status: before.map(|before| before.status),
    };
    vec![changed.into()]
}

/// Keeps what was seen.
pub(in super::super) fn keep(services: &mut BTreeMap<String, Service>, seen: ServiceStatusChanged) {
    if over(seen.kind, seen.status) {
        services.remove(&seen.name);
        return;
    }
    let service = Service {
        name: seen.name.clone(),
        kind: seen.kind,
        status: seen.status,
        url: seen.url,
        port: seen.port,
    };
    services.insert(seen.name, service);
}

fn over(kind: ServiceKind, status: ServiceStatus) -> bool {
    kind == ServiceKind::Node && status == ServiceStatus::Stopped
}

#[cfg(test)]
mod tests {
    use pantheon_events::infrastructure::ObserveService;

    use super::super::given::{asked, history};
    use super::*;

    fn observed(name: &str, kind: ServiceKind, status: ServiceStatus) -> ObserveService {
        let service = Service {
            name: name.to_owned(),
            kind,
            status,
            url: None,
            port: None,
        };
        ObserveService { service }
    }

    fn changed(seen: &ObserveService, old_status: Option<ServiceStatus>) -> Event {
        ServiceStatusChanged {
            name: seen.service.name.clone(),
            kind: seen.service.kind,
            status: seen.service.status,
            url: None,
            port: None,
            old_status,
        }
        .into()
    }

    #[tokio::test]
    async fn a_change_is_told_once_and_with_what_was_before() {
        let up = observed("nats", ServiceKind::Part, ServiceStatus::Running);
        let down = observed("nats", ServiceKind::Part, ServiceStatus::Stopped);
        history(vec![])
            .when_async(asked(up.clone()))
            .await
            .then_expect_events(vec![changed(&up, None)]);
        history(vec![changed(&up, None)])
            .when_async(asked(up.clone()))
            .await
            .then_expect_events(vec![]);
        history(vec![changed(&up, None)])
            .when_async(asked(down.clone()))
            .await
            .then_expect_events(vec![changed(&down, Some(ServiceStatus::Running))]);
    }

    #[tokio::test]
    async fn the_end_of_a_node_is_told_once_and_only_of_one_that_was_there() {
        let up = observed("node-1", ServiceKind::Node, ServiceStatus::Running);
        let down = observed("node-1", ServiceKind::Node, ServiceStatus::Stopped);
        let end = changed(&down, Some(ServiceStatus::Running));
        history(vec![])
            .when_async(asked(down.clone()))
            .await
            .then_expect_events(vec![]);
        history(vec![changed(&up, None)])
            .when_async(asked(down.clone()))
            .await
            .then_expect_events(vec![end.clone()]);
        history(vec![changed(&up, None), end])
            .when_async(asked(down))
            .await
            .then_expect_events(vec![]);
    }
}
