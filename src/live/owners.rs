//! Whose an aggregate is: for permissions that reach only what was created by, requested by or is
//! addressed to the caller.
//!
//! That never changes and stands in the stream's first event, so it is read once and kept.

use std::sync::Arc;

use moka::sync::Cache;
use pantheon_events::approvals::Approvers;
use pantheon_events::{RecordedEvent, Sequence};
use pantheon_log::{Log, ReadError};
use serde::Deserialize;

/// Streams whose owners are kept in memory.
const KEPT: u64 = 20_000;

type Stream = (String, String);
/// The ids of those whose something is.
pub type Holders = Arc<[String]>;

/// The owners of streams. Cheap to clone; one per node.
#[derive(Clone)]
pub struct Owners {
    log: Log,
    kept: Cache<Stream, Holders>,
}

impl Owners {
    /// Owners as this log tells them.
    #[must_use]
    pub fn new(log: Log) -> Self {
        Self {
            log,
            kept: Cache::new(KEPT),
        }
    }

    /// Whether the stream that the event belongs to is this person's.
    pub async fn is_own(&self, event: &RecordedEvent, who: &str) -> Result<bool, ReadError> {
        Ok(self.of(event).await?.iter().any(|holder| holder == who))
    }

    async fn of(&self, event: &RecordedEvent) -> Result<Holders, ReadError> {
        let key = (event.aggregate_type.clone(), event.aggregate_id.clone());
        if let Some(holders) = self.kept.get(&key) {
            return Ok(holders);
        }
        let holders = if event.sequence == Sequence::new(1) {
            holders(event)
        } else {
            let first = self.log.stream(&key.0, &key.1, Sequence::ZERO, 1).await?;
            first
                .first()
                .map(|event| holders(event))
                .unwrap_or_default()
        };
        self.kept.insert(key, Arc::clone(&holders));
        Ok(holders)
    }
}

/// The people that a stream's first event names.
fn holders(first: &RecordedEvent) -> Holders {
    #[derive(Default, Deserialize)]
    struct Names {
        user_id: Option<String>,
        requester_id: Option<String>,
    }
    // A payload that names nobody in these fields belongs to its actor alone.
    let named: Names = serde_json::from_str(first.payload.get()).unwrap_or_default();
    let actor = &first.metadata.actor;
    let mut holders = vec![actor.id.clone()];
    holders.extend(actor.on_behalf_of.clone());
    holders.extend(named.user_id);
    holders.extend(named.requester_id);
    holders.extend(deciders(first));
    holders.into()
}

/// The people who decide an approval see it too.
fn deciders(first: &RecordedEvent) -> Vec<String> {
    #[derive(Default, Deserialize)]
    struct Named {
        stages: Vec<Stage>,
    }

    #[derive(Deserialize)]
    struct Stage {
        approvers: Approvers,
    }

    let named: Named = serde_json::from_str(first.payload.get()).unwrap_or_default();
    let stages = named.stages.into_iter();
    stages.flat_map(|stage| stage.approvers.user_ids).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::testing::with_payload;

    #[test]
    fn a_thing_belongs_to_who_made_it_and_to_whom_it_names() {
        let payload = r#"{"user_id":"u-1","quantity":2}"#.to_owned();
        let first = with_payload(1, "order", "o", "order_placed", payload);
        assert_eq!(
            holders(&first).as_ref(),
            ["test".to_owned(), "u-1".to_owned()]
        );
    }

    #[test]
    fn who_may_decide_an_approval_follows_it() {
        let payload = r#"{"requester_id":"u-1","stages":[
            {"name":"first","approvers":{"roles":["admin"],"user_ids":["u-2"]},"required":1}]}"#;
        let first = with_payload(1, "approval", "a", "approval_requested", payload.to_owned());
        assert_eq!(
            holders(&first).as_ref(),
            ["test".to_owned(), "u-1".to_owned(), "u-2".to_owned()]
        );
    }

    #[test]
    fn fields_of_another_kind_do_not_take_it_from_its_maker() {
        let first = with_payload(
            1,
            "order",
            "o",
            "order_placed",
            r#"{"user_id":7}"#.to_owned(),
        );
        assert_eq!(holders(&first).as_ref(), ["test".to_owned()]);
    }
}
