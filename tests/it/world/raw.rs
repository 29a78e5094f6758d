//! Events that no rule of this build would decide: faults, and the work of other builds.

use pantheon_events::{Actor, CommandContext, EventId, Position, Sequence};
use pantheon_log::{Append, NewEvent, Outcome, Verdict};

use super::{ADMIN, World};

impl World {
    /// Appends an event to the end of a stream (type, id), whatever its payload says.
    pub async fn raw(
        &self,
        (aggregate_type, id): (&'static str, &str),
        event_type: &'static str,
        payload: &str,
    ) -> Position {
        let app = self.node.app();
        let before = app.log.stream(aggregate_type, id, Sequence::ZERO, 1000);
        let before = before.await.expect("the stream");
        let by = CommandContext::new(self.tenant, Actor::human(ADMIN), None);
        let event = NewEvent {
            event_id: EventId::generate(),
            event_type,
            event_version: "1",
            payload: payload.to_owned(),
        };
        let append = Append {
            command_id: by.command_id,
            fingerprint: [1; 32],
            aggregate_type,
            aggregate_id: id.to_owned(),
            expected: before.last().map_or(Sequence::ZERO, |last| last.sequence),
            base: None,
            metadata: serde_json::to_string(&by.metadata()).expect("plain fields"),
            outcome: Outcome::Accepted(vec![event]),
        };
        match app.writer.append(append).await.expect("a verdict") {
            Verdict::Recorded(recorded) => recorded.position,
            other => panic!("not recorded: {other:?}"),
        }
    }
}
