//! `observe_containers`: what is there now, held against what was there. Only differences are told.

use pantheon_events::infrastructure::{
    ContainerGone, ContainerStatusChanged, InfrastructureEvent as Event, ObserveContainers,
};

use super::super::Infrastructure;

pub(in super::super) fn observe_containers(
    place: &Infrastructure,
    seen: &ObserveContainers,
) -> Vec<Event> {
    let gone = place.containers.keys();
    let gone = gone.filter(|name| seen.containers.iter().all(|now| now.name != **name));
    let gone = gone.map(|name| ContainerGone { name: name.clone() }.into());
    let changed = seen.containers.iter().filter_map(|now| {
        let before = place.containers.get(&now.name);
        (before != Some(now)).then(|| {
            ContainerStatusChanged {
                name: now.name.clone(),
                status: now.status.clone(),
                health: now.health.clone(),
                ports: now.ports.clone(),
                image: now.image.clone(),
                old_status: before.map(|before| before.status.clone()),
            }
            .into()
        })
    });
    gone.chain(changed).collect()
}

#[cfg(test)]
mod tests {
    use pantheon_events::infrastructure::Container;

    use super::super::given::{asked, history};
    use super::*;

    fn container(name: &str, status: &str) -> Container {
        Container {
            name: name.to_owned(),
            status: status.to_owned(),
            health: "none".to_owned(),
            ports: vec!["80/tcp".to_owned()],
            image: None,
        }
    }

    fn changed(name: &str, status: &str, before: Option<&str>) -> Event {
        ContainerStatusChanged {
            name: name.to_owned(),
            status: status.to_owned(),
            health: "none".to_owned(),
            ports: vec!["80/tcp".to_owned()],
            image: None,
            old_status: before.map(str::to_owned),
        }
        .into()
    }

    fn seen(containers: Vec<Container>) -> ObserveContainers {
        ObserveContainers { containers }
    }

    #[tokio::test]
    async fn only_differences_are_told() {
        let (web, db) = (container("web", "running"), container("db", "running"));
        let both = vec![
            changed("web", "running", None),
            changed("db", "running", None),
        ];
        history(vec![])
            .when_async(asked(seen(vec![web.clone(), db.clone()])))
            .await
            .then_expect_events(both.clone());
        history(both.clone())
            .when_async(asked(seen(vec![db, web.clone()])))
            .await
            .then_expect_events(vec![]);
        let exited = container("web", "exited");
        history(both)
            .when_async(asked(seen(vec![exited])))
            .await
            .then_expect_events(vec![
                ContainerGone {
                    name: "db".to_owned(),
                }
                .into(),
                changed("web", "exited", Some("running")),
            ]);
    }
}
