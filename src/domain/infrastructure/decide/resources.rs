//! `observe_resources`: all resources of a place as they are now, held against what was there, or
//! the reason why nothing can be seen. Differences are told, and that the place was looked at: when
//! something changed, when somebody waits for it, when it could not be looked at before, and every
//! ten minutes.

use chrono::{DateTime, TimeDelta, Utc};
use pantheon_events::infrastructure::{
    InfrastructureEvent as Event, InfrastructureResourceGone, InfrastructureResourceObserved,
    InfrastructureSyncFailed, InfrastructureSynced, ObserveResources,
};

use super::super::Infrastructure;

/// How old the last recorded look may get.
const FRESH: TimeDelta = TimeDelta::minutes(10);

pub(in super::super) fn observe_resources(
    place: &Infrastructure,
    seen: &ObserveResources,
    now: DateTime<Utc>,
) -> Vec<Event> {
    if let Some(reason) = &seen.failed {
        let known = place.failed && place.asked_at.is_none();
        let failed = || InfrastructureSyncFailed {
            account: seen.account.clone(),
            name: seen.name.clone(),
            region: seen.region.clone(),
            reason: reason.clone(),
            at: now,
        };
        return match known {
            true => Vec::new(),
            false => vec![failed().into()],
        };
    }
    let mut events = differences(place, seen);
    let fresh = place.synced_at.is_some_and(|at| now - at < FRESH);
    if !events.is_empty() || place.asked_at.is_some() || place.failed || !fresh {
        let synced = InfrastructureSynced {
            account: seen.account.clone(),
            name: seen.name.clone(),
            region: seen.region.clone(),
            resources: u32::try_from(seen.resources.len()).unwrap_or(u32::MAX),
            at: now,
        };
        events.push(synced.into());
    }
    events
}

fn differences(place: &Infrastructure, seen: &ObserveResources) -> Vec<Event> {
    let gone = place.resources.values();
    let gone = gone.filter(|old| seen.resources.iter().all(|new| new.id != old.id));
    let gone = gone.map(|old| {
        InfrastructureResourceGone {
            account: seen.account.clone(),
            id: old.id.clone(),
            name: old.name.clone(),
            resource_type: old.resource_type,
        }
        .into()
    });
    let changed = seen.resources.iter();
    let changed = changed.filter(|new| place.resources.get(&new.id) != Some(new));
    let changed = changed.map(|new| {
        InfrastructureResourceObserved {
            account: seen.account.clone(),
            region: seen.region.clone(),
            resource: new.clone(),
        }
        .into()
    });
    gone.chain(changed).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use pantheon_events::infrastructure::{
        InfrastructureSyncRequested, Resource, ResourceState, ResourceType,
    };

    use super::super::given::{asked_of, history};
    use super::*;

    const ACCOUNT: &str = "123456789012";

    fn vpc(state: ResourceState) -> Resource {
        Resource {
            id: "vpc-1".to_owned(),
            name: "main".to_owned(),
            resource_type: ResourceType::Vpc,
            state,
            arn: None,
            cidr: Some("10.0.0.0/16".to_owned()),
            availability_zone: None,
            parent: None,
            created_at: None,
            connections: Vec::new(),
            metadata: BTreeMap::new(),
            tags: BTreeMap::new(),
        }
    }

    fn seen(resources: Vec<Resource>) -> ObserveResources {
        ObserveResources {
            account: ACCOUNT.to_owned(),
            name: None,
            region: Some("eu-west-1".to_owned()),
            resources,
            failed: None,
        }
    }

    fn observed(resource: Resource) -> Event {
        InfrastructureResourceObserved {
            account: ACCOUNT.to_owned(),
            region: Some("eu-west-1".to_owned()),
            resource,
        }
        .into()
    }

    fn synced(resources: u32, seconds: i64) -> Event {
        InfrastructureSynced {
            account: ACCOUNT.to_owned(),
            name: None,
            region: Some("eu-west-1".to_owned()),
            resources,
            at: DateTime::UNIX_EPOCH - TimeDelta::seconds(seconds),
        }
        .into()
    }

    async fn told(before: Vec<Event>, seen: ObserveResources, expected: Vec<Event>) {
        history(before)
            .when_async(asked_of(ACCOUNT, seen))
            .await
            .then_expect_events(expected);
    }

    #[tokio::test]
    async fn changes_are_told_and_nothing_is_told_twice() {
        let one = || vpc(ResourceState::Available);
        let there = || vec![observed(one()), synced(1, 0)];
        told(vec![], seen(vec![one()]), there()).await;
        told(there(), seen(vec![one()]), vec![]).await;
        let updating = vpc(ResourceState::Updating);
        let changed = vec![observed(updating.clone()), synced(1, 0)];
        told(there(), seen(vec![updating]), changed).await;
        let gone = InfrastructureResourceGone {
            account: ACCOUNT.to_owned(),
            id: "vpc-1".to_owned(),
            name: "main".to_owned(),
            resource_type: ResourceType::Vpc,
        };
        told(there(), seen(vec![]), vec![gone.into(), synced(0, 0)]).await;
    }

    #[tokio::test]
    async fn that_it_was_looked_at_is_told_now_and_then_and_to_whoever_asked() {
        told(vec![synced(0, 599)], seen(vec![]), vec![]).await;
        told(vec![synced(0, 600)], seen(vec![]), vec![synced(0, 0)]).await;
        let asked = InfrastructureSyncRequested {
            at: DateTime::UNIX_EPOCH,
        };
        let waiting = vec![synced(0, 1), asked.into()];
        told(waiting, seen(vec![]), vec![synced(0, 0)]).await;
    }

    #[tokio::test]
    async fn a_failure_is_told_once_until_it_is_over_and_leaves_what_was_there() {
        let broken = || ObserveResources {
            failed: Some("no answer".to_owned()),
            ..seen(vec![])
        };
        let failed = || -> Event {
            InfrastructureSyncFailed {
                account: ACCOUNT.to_owned(),
                name: None,
                region: Some("eu-west-1".to_owned()),
                reason: "no answer".to_owned(),
                at: DateTime::UNIX_EPOCH,
            }
            .into()
        };
        told(vec![], broken(), vec![failed()]).await;
        told(vec![failed()], broken(), vec![]).await;
        let one = vpc(ResourceState::Available);
        let before = vec![observed(one.clone()), synced(1, 0), failed()];
        told(before, seen(vec![one]), vec![synced(1, 0)]).await;
    }
}
