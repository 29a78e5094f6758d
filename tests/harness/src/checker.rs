//! Judges a run by its evidence, the same way for every fault.
//!
//! | | must hold |
//! | --- | --- |
//! | I1 | each command that was answered 2xx is in the log exactly once, at its answered position |
//! | I2 | refused commands have no events |
//! | I3 | of a command with an unknown outcome all events are there or none, and asking again gives the same position |
//! | I4 | positions are 1, 2, 3 … |
//! | I5 | sequences are 1, 2, 3 … in every stream, in position order |
//! | I6 | a read model is the fold of the log |
//! | I7 | every live client got each matching event once, in order |
//! | I8 | JetStream's copy is part of the log: same number, same event |
//! | I9 | what was answered before another command was sent stands before it |
//! | I10 | no integrity counter moved; queues and memory stayed within their limits |
//!
//! I11 (throughput after healing) and I12 (the audit) come with the campaigns that measure them.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::evidence::{Evidence, Logged, Mirrored, Transcript};
use crate::journal::{Answer, Operation, Outcome};

/// What has to hold; see the table above.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[expect(missing_docs, reason = "the table above says what each is")]
pub enum Invariant {
    I1,
    I2,
    I3,
    I4,
    I5,
    I6,
    I7,
    I8,
    I9,
    I10,
}

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// What it breaks.
    pub invariant: Invariant,
    /// What was found.
    pub message: String,
}

/// Where in the run a command was lost: a lost suffix points at an answer before the commit, a
/// lost prefix at a start on old data, one in the middle at the writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Before everything that is left.
    Prefix,
    /// Between what is left.
    Middle,
    /// After everything that is left.
    Suffix,
}

/// The judgement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Commands in the journal.
    pub operations: usize,
    /// Answered 2xx.
    pub ok: usize,
    /// Refused or never taken in.
    pub refused: usize,
    /// Answered 2xx and not in the log, and where.
    pub lost: Vec<(Uuid, Place)>,
    /// In the log more than once.
    pub duplicated: Vec<Uuid>,
    /// Refused and in the log.
    pub resurrected: Vec<Uuid>,
    /// Without an answer at first, and settled by asking again.
    pub unknown_resolved: usize,
    /// Without an answer to the end.
    pub unknown: usize,
    /// Everything that must not be.
    pub violations: Vec<Violation>,
}

impl Report {
    /// Whether every invariant held.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.violations.is_empty()
    }

    fn violated(&mut self, invariant: Invariant, message: String) {
        self.violations.push(Violation { invariant, message });
    }
}

/// Holds the evidence against every invariant.
#[must_use]
pub fn check(evidence: &Evidence) -> Report {
    let mut report = Report {
        operations: evidence.operations.len(),
        ..Report::default()
    };
    commands(evidence, &mut report);
    positions(&evidence.log, &mut report);
    sequences(&evidence.log, &mut report);
    models(evidence, &mut report);
    for transcript in &evidence.live {
        live(transcript, &evidence.log, &mut report);
    }
    if let Some(mirror) = &evidence.mirror {
        mirrored(mirror, &evidence.log, &mut report);
    }
    real_time(&evidence.operations, &mut report);
    for gauge in &evidence.gauges {
        if gauge.value > gauge.most {
            let (name, value, most) = (&gauge.name, gauge.value, gauge.most);
            report.violated(
                Invariant::I10,
                format!("{name} was {value}, at most {most}"),
            );
        }
    }
    report
}

/// I1, I2, I3.
fn commands(evidence: &Evidence, report: &mut Report) {
    let mut brought: HashMap<Uuid, Vec<&Logged>> = HashMap::new();
    for event in &evidence.log {
        brought.entry(event.command_id).or_default().push(event);
    }
    let mut lost = Vec::new();
    let mut left: Vec<i64> = Vec::new();
    for operation in &evidence.operations {
        let events = brought.get(&operation.id).map_or(&[][..], Vec::as_slice);
        if events.len() > operation.events {
            report.duplicated.push(operation.id);
        }
        match operation.outcome() {
            Outcome::Ok { position, .. } => {
                report.ok += 1;
                report.unknown_resolved += usize::from(operation.was_unknown());
                same_answers(operation, position, report);
                if events.is_empty() && operation.events > 0 {
                    lost.push((operation.id, position));
                    let what = &operation.what;
                    let message = format!(
                        "{what} {} was answered at {position} and is lost",
                        operation.id
                    );
                    report.violated(Invariant::I1, message);
                } else {
                    left.push(position);
                    once(operation, position, events, report);
                }
            }
            Outcome::Refused => {
                report.refused += 1;
                if let Some(first) = events.first() {
                    report.resurrected.push(operation.id);
                    let message = format!(
                        "{} was refused and stands at {}",
                        operation.id, first.position
                    );
                    report.violated(Invariant::I2, message);
                }
            }
            Outcome::Unknown => {
                report.unknown += 1;
                if !events.is_empty() && events.len() != operation.events {
                    let (id, found, all) = (operation.id, events.len(), operation.events);
                    let message = format!("{id} is there by half: {found} of {all} events");
                    report.violated(Invariant::I3, message);
                }
            }
        }
    }
    report.lost = lost
        .into_iter()
        .map(|(id, position)| (id, place(position, &left)))
        .collect();
}

/// The events of one answered command: so many, one after the other, the last at the answered
/// position.
fn once(operation: &Operation, position: i64, events: &[&Logged], report: &mut Report) {
    let count = i64::try_from(operation.events).unwrap_or(i64::MAX);
    let expected: Vec<i64> = (position - count + 1..=position).collect();
    let found: Vec<i64> = events.iter().map(|event| event.position).collect();
    if count > 0 && found != expected {
        let (what, id) = (&operation.what, operation.id);
        let message = format!("{what} {id} was answered at {position} and stands at {found:?}");
        report.violated(Invariant::I1, message);
    }
}

/// Asking again gives the first answer.
fn same_answers(operation: &Operation, position: i64, report: &mut Report) {
    let mut answered = false;
    for (_, answer) in &operation.answers {
        let other = match answer {
            Answer::Ok { position: again } => {
                answered = true;
                (*again != position).then(|| format!("at {again}"))
            }
            Answer::Refused { code } => Some(code.clone()),
            Answer::TurnedAway { .. } | Answer::Unknown => None,
        };
        if let Some(other) = other {
            let order = if answered { "then" } else { "first" };
            let id = operation.id;
            let message = format!("{id} was answered at {position}, {order} {other}");
            report.violated(Invariant::I3, message);
        }
    }
}

fn place(position: i64, left: &[i64]) -> Place {
    if left.iter().all(|other| *other < position) {
        Place::Suffix
    } else if left.iter().all(|other| *other > position) {
        Place::Prefix
    } else {
        Place::Middle
    }
}

/// I4.
fn positions(log: &[Logged], report: &mut Report) {
    let mut last = 0;
    for event in log {
        if event.position != last + 1 {
            let message = format!("position {} follows {last}", event.position);
            report.violated(Invariant::I4, message);
        }
        last = event.position;
    }
}

/// I5.
fn sequences(log: &[Logged], report: &mut Report) {
    let mut last: HashMap<(&str, &str), i64> = HashMap::new();
    for event in log {
        let stream = (event.aggregate_type.as_str(), event.aggregate_id.as_str());
        let before = last.insert(stream, event.sequence).unwrap_or(0);
        if event.sequence != before + 1 {
            let (kind, id) = stream;
            let (at, now) = (event.position, event.sequence);
            let message = format!("{kind}/{id}: sequence {now} follows {before} at {at}");
            report.violated(Invariant::I5, message);
        }
    }
}

/// I6.
fn models(evidence: &Evidence, report: &mut Report) {
    for model in &evidence.models {
        let (rows, fold) = (&model.rows, &model.fold);
        let keys = rows
            .keys()
            .chain(fold.keys().filter(|key| !rows.contains_key(*key)));
        for key in keys.filter(|key| rows.get(*key) != fold.get(*key)) {
            let text = |value: Option<&Value>| {
                value.map_or_else(|| "nothing".to_owned(), Value::to_string)
            };
            let (is, must) = (text(rows.get(key)), text(fold.get(key)));
            let message = format!("{} {key}: there is {is}, the log gives {must}", model.name);
            report.violated(Invariant::I6, message);
        }
    }
}

/// I7: exactly what the log holds for this client, in its order.
fn live(transcript: &Transcript, log: &[Logged], report: &mut Report) {
    let client = &transcript.client;
    let wanted = log.iter().filter(|event| {
        let inside = event.position > transcript.after && event.position <= transcript.until;
        inside && transcript.scope.holds(event)
    });
    let wanted: Vec<(i64, Uuid)> = wanted
        .map(|event| (event.position, event.event_id))
        .collect();
    let seen: Vec<(i64, Uuid)> = transcript
        .seen
        .iter()
        .copied()
        .filter(|(position, _)| *position <= transcript.until)
        .collect();
    let mut last = transcript.after;
    for (position, _) in &transcript.seen {
        if *position <= last {
            let message = format!("{client} got {position} after {last}");
            report.violated(Invariant::I7, message);
        }
        last = last.max(*position);
    }
    let first = wanted
        .iter()
        .zip(&seen)
        .find(|(wanted, seen)| wanted != seen);
    let message = match first {
        Some((wanted, seen)) => Some(format!("{client} got {seen:?} where {wanted:?} was due")),
        None if wanted.len() == seen.len() => None,
        None => Some(format!(
            "{client} got {} of {} events up to {}",
            seen.len(),
            wanted.len(),
            transcript.until
        )),
    };
    if let Some(message) = message {
        report.violated(Invariant::I7, message);
    }
}

/// I8.
fn mirrored(mirror: &[Mirrored], log: &[Logged], report: &mut Report) {
    let by_position: HashMap<i64, &Logged> =
        log.iter().map(|event| (event.position, event)).collect();
    let mut last = None;
    for message in mirror {
        let number = message.sequence;
        if last.is_some_and(|last| number != last + 1) {
            let message = format!("message {number} follows {last:?}");
            report.violated(Invariant::I8, message);
        }
        last = Some(number);
        let event = i64::try_from(number)
            .ok()
            .and_then(|at| by_position.get(&at));
        match event {
            None => report.violated(Invariant::I8, format!("message {number} is not in the log")),
            Some(event) => {
                for (field, is, must) in differences(message, event) {
                    let message = format!("message {number}: {field} is {is}, the log has {must}");
                    report.violated(Invariant::I8, message);
                }
            }
        }
    }
}

/// What a message says otherwise than the log.
fn differences(message: &Mirrored, event: &Logged) -> Vec<(&'static str, Value, Value)> {
    let kind = format!("pantheon.{}.{}", event.aggregate_type, event.event_type);
    let must = [
        ("id", Value::from(event.event_id.to_string())),
        ("type", Value::from(kind)),
        ("subject", Value::from(event.aggregate_id.clone())),
        ("position", Value::from(event.position.to_string())),
        ("sequence", Value::from(event.sequence.to_string())),
        ("commandid", Value::from(event.command_id.to_string())),
        ("data", event.payload.clone()),
    ];
    must.into_iter()
        .filter(|(field, must)| message.body[*field] != *must)
        .map(|(field, must)| (field, message.body[field].clone(), must))
        .collect()
}

/// I9: among commands that brought events; a no-op has no place of its own.
fn real_time(operations: &[Operation], report: &mut Report) {
    let mut answered = Vec::new();
    let mut sent = Vec::new();
    for operation in operations.iter().filter(|operation| operation.events > 0) {
        if let (Outcome::Ok { position, at }, Some(first)) =
            (operation.outcome(), operation.sent.first())
        {
            answered.push((at, position, operation.id));
            sent.push((*first, position, operation.id));
        }
    }
    answered.sort_unstable();
    sent.sort_unstable();
    let mut before = answered.into_iter().peekable();
    let mut newest: Option<(i64, Uuid)> = None;
    for (at, position, id) in sent {
        while let Some((_, earlier, earlier_id)) = before.next_if(|(done, ..)| *done < at) {
            newest = newest.max(Some((earlier, earlier_id)));
        }
        if let Some((earlier, earlier_id)) = newest.filter(|(earlier, _)| *earlier > position) {
            let message = format!(
                "{id} was sent after {earlier_id} was answered at {earlier}, and stands at {position}"
            );
            report.violated(Invariant::I9, message);
        }
    }
}

#[cfg(test)]
mod tests;
