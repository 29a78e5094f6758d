//! A batch in the form of the append function's arguments: one array per column.

use std::collections::HashMap;

use uuid::Uuid;

use crate::{Append, Outcome};

/// The batch, column by column, borrowed from the commands.
#[derive(Default)]
pub struct Columns<'a> {
    pub command_ids: Vec<Uuid>,
    pub same_ids: Vec<i32>,
    pub fingerprints: Vec<&'a [u8]>,
    pub aggregate_types: Vec<&'a str>,
    pub aggregate_ids: Vec<&'a str>,
    pub same_streams: Vec<i32>,
    pub expected: Vec<i64>,
    pub bases: Vec<Option<Uuid>>,
    pub metadata: Vec<&'a str>,
    pub refusals: Vec<Option<String>>,
    pub event_counts: Vec<i32>,
    pub event_commands: Vec<i32>,
    pub event_ids: Vec<Uuid>,
    pub event_types: Vec<&'a str>,
    pub event_versions: Vec<&'a str>,
    pub payloads: Vec<&'a str>,
}

impl<'a> Columns<'a> {
    pub fn of(appends: &'a [Append]) -> Self {
        let mut columns = Self::default();
        let mut first_id = HashMap::with_capacity(appends.len());
        let mut first_on_stream = HashMap::with_capacity(appends.len());
        for (index, append) in (1..).zip(appends) {
            let stream = (append.aggregate_type, append.aggregate_id.as_str());
            columns
                .same_ids
                .push(*first_id.entry(append.command_id).or_insert(index));
            columns
                .same_streams
                .push(*first_on_stream.entry(stream).or_insert(index));
            columns.command(append);
            if let Outcome::Accepted(events) = &append.outcome {
                for event in events {
                    columns.event_commands.push(index);
                    columns.event_ids.push(event.event_id.as_uuid());
                    columns.event_types.push(event.event_type);
                    columns.event_versions.push(event.event_version);
                    columns.payloads.push(&event.payload);
                }
            }
        }
        columns
    }

    fn command(&mut self, append: &'a Append) {
        let (events, refusal) = match &append.outcome {
            Outcome::Accepted(events) => (events.len(), None),
            Outcome::Rejected(refusal) => (0, Some(refusal)),
        };
        self.command_ids.push(append.command_id.as_uuid());
        self.fingerprints.push(&append.fingerprint);
        self.aggregate_types.push(append.aggregate_type);
        self.aggregate_ids.push(&append.aggregate_id);
        self.expected.push(append.expected.get());
        self.bases.push(append.base.map(|base| base.as_uuid()));
        self.metadata.push(&append.metadata);
        self.refusals.push(refusal.map(|refusal| {
            serde_json::to_string(refusal).expect("a refusal is plain strings and serialises")
        }));
        // A batch is cut far below this.
        self.event_counts
            .push(i32::try_from(events).unwrap_or(i32::MAX));
    }
}

#[cfg(test)]
mod tests {
    use pantheon_events::{CommandId, EventId, Sequence};

    use super::*;
    use crate::NewEvent;

    fn append(command_id: CommandId, stream: &str, events: usize) -> Append {
        let event = || NewEvent {
            event_id: EventId::generate(),
            event_type: "probed",
            event_version: "1.0",
            payload: "{}".to_owned(),
        };
        Append {
            command_id,
            fingerprint: [0; 32],
            aggregate_type: "probe",
            aggregate_id: stream.to_owned(),
            expected: Sequence::ZERO,
            base: None,
            metadata: "{}".to_owned(),
            outcome: Outcome::Accepted(std::iter::repeat_with(event).take(events).collect()),
        }
    }

    #[test]
    fn commands_point_to_the_first_with_their_id_and_on_their_stream() {
        let ids = [
            CommandId::generate(),
            CommandId::generate(),
            CommandId::generate(),
        ];
        let batch = [
            append(ids[0], "a", 2),
            append(ids[1], "b", 0),
            append(ids[0], "b", 1),
            append(ids[2], "a", 1),
        ];
        let columns = Columns::of(&batch);
        assert_eq!(columns.same_ids, [1, 2, 1, 4]);
        assert_eq!(columns.same_streams, [1, 2, 2, 1]);
        assert_eq!(columns.event_counts, [2, 0, 1, 1]);
        assert_eq!(columns.event_commands, [1, 1, 3, 4]);
    }
}
