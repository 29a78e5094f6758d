//! The checker on runs that are broken on purpose: each break is caught, under its own name.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::evidence::{Gauge, Model, Scope};
use crate::journal::Moment;

const COUNT: i64 = 12;
const STREAMS: i64 = 3;

fn id(n: i64) -> Uuid {
    Uuid::from_u128(u128::try_from(n).expect("small"))
}

fn logged(n: i64) -> Logged {
    Logged {
        position: n,
        aggregate_type: if n % STREAMS == 0 { "order" } else { "task" }.to_owned(),
        aggregate_id: format!("s-{}", n % STREAMS),
        sequence: (n - 1) / STREAMS + 1,
        event_type: "happened".to_owned(),
        payload: json!({ "n": n }),
        event_id: id(1_000 + n),
        command_id: id(n),
    }
}

fn mirrored_from(event: &Logged) -> Mirrored {
    let body = json!({
        "id": event.event_id, "type": format!("pantheon.{}.happened", event.aggregate_type),
        "subject": event.aggregate_id, "position": event.position.to_string(),
        "sequence": event.sequence.to_string(), "commandid": event.command_id,
        "data": event.payload,
    });
    Mirrored {
        sequence: u64::try_from(event.position).expect("positive"),
        body,
    }
}

fn moment(n: i64) -> Moment {
    Moment(u64::try_from(n).expect("positive"))
}

/// Sent and answered one after the other.
fn answered(n: i64) -> Operation {
    Operation {
        id: id(n),
        what: "do".to_owned(),
        events: 1,
        sent: vec![moment(10 * n)],
        answers: vec![(moment(10 * n + 5), Answer::Ok { position: n })],
    }
}

/// A run in which everything went well.
fn good() -> Evidence {
    let log: Vec<_> = (1..=COUNT).map(logged).collect();
    let seen = |scope: &Scope| {
        let mine = log.iter().filter(|event| scope.holds(event));
        mine.map(|event| (event.position, event.event_id)).collect()
    };
    let transcript = |client: &str, scope: Scope| Transcript {
        client: client.to_owned(),
        seen: seen(&scope),
        scope,
        after: 0,
        until: COUNT,
    };
    let rows: BTreeMap<_, _> = (1..=COUNT).map(|n| (n.to_string(), json!(n))).collect();
    Evidence {
        operations: (1..=COUNT).map(answered).collect(),
        mirror: Some(log.iter().map(mirrored_from).collect()),
        live: vec![
            transcript("everything", Scope::All),
            transcript("orders", Scope::Aggregates(vec!["order"])),
        ],
        models: vec![Model {
            name: "rows".to_owned(),
            rows: rows.clone(),
            fold: rows,
        }],
        gauges: vec![Gauge {
            name: "integrity violations".to_owned(),
            value: 0,
            most: 0,
        }],
        log,
    }
}

fn broken(report: &Report) -> Vec<Invariant> {
    let mut all: Vec<_> = report.violations.iter().map(|v| v.invariant).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn index(n: i64) -> usize {
    usize::try_from(n - 1).expect("from 1")
}

#[test]
fn a_good_run_holds() {
    let report = check(&good());
    assert_eq!(report.violations, []);
    assert_eq!((report.operations, report.ok), (12, 12));
}

#[test]
fn an_event_that_was_skipped_is_caught_by_every_reader() {
    let mut run = good();
    run.log.remove(index(5));
    let report = check(&run);
    assert_eq!(report.lost, [(id(5), Place::Middle)]);
    assert_eq!(
        broken(&report),
        [
            Invariant::I1,
            Invariant::I4,
            Invariant::I5,
            Invariant::I7,
            Invariant::I8
        ]
    );
}

#[test]
fn two_events_that_were_swapped_are_caught() {
    let mut run = good();
    let (five, six) = (logged(5), logged(6));
    run.log[index(5)] = Logged { position: 5, ..six };
    run.log[index(6)] = Logged {
        position: 6,
        ..five
    };
    let found = broken(&check(&run));
    assert!(
        found.contains(&Invariant::I1) && found.contains(&Invariant::I8),
        "{found:?}"
    );
}

#[test]
fn an_answer_before_the_commit_is_caught_when_the_commit_does_not_come() {
    let mut run = good();
    // The node died between the answer and the commit of the last two.
    run.log.truncate(index(COUNT - 1));
    run.mirror = None;
    run.live.clear();
    let report = check(&run);
    let lost = [(id(COUNT - 1), Place::Suffix), (id(COUNT), Place::Suffix)];
    assert_eq!(
        (report.lost.as_slice(), broken(&report)),
        (&lost[..], vec![Invariant::I1])
    );
}

#[test]
fn a_start_on_old_data_loses_a_prefix() {
    let mut run = good();
    run.log.drain(..2);
    let lost = check(&run).lost;
    assert_eq!(lost, [(id(1), Place::Prefix), (id(2), Place::Prefix)]);
}

#[test]
fn a_command_that_took_effect_twice_is_caught() {
    let mut run = good();
    // Its retry was decided again instead of being answered from the first time.
    run.log.push(Logged {
        position: COUNT + 1,
        sequence: 5,
        event_id: id(9_999),
        command_id: id(4),
        ..logged(4)
    });
    let last = run.log.last().expect("pushed");
    assert_eq!(
        last.sequence,
        logged(10).sequence + 1,
        "the stream itself is in order"
    );
    let report = check(&run);
    assert_eq!(
        (report.duplicated.as_slice(), broken(&report)),
        (&[id(4)][..], vec![Invariant::I1])
    );
}

#[test]
fn a_refused_command_that_took_effect_is_caught() {
    for answer in [
        Answer::Refused {
            code: "rule_violated".to_owned(),
        },
        Answer::TurnedAway {
            code: "overloaded".to_owned(),
        },
    ] {
        let mut run = good();
        run.operations[index(3)].answers = vec![(moment(35), answer)];
        let report = check(&run);
        assert_eq!(report.resurrected, [id(3)]);
        assert_eq!(broken(&report), [Invariant::I2]);
    }
}

#[test]
fn half_a_command_is_caught() {
    let mut run = good();
    run.operations[index(3)].events = 2;
    run.operations[index(3)].answers = vec![(moment(35), Answer::Unknown)];
    assert_eq!(broken(&check(&run)), [Invariant::I3]);
    run.operations[index(3)].answers = vec![(moment(35), Answer::Ok { position: 3 })];
    assert_eq!(broken(&check(&run)), [Invariant::I1]);
}

#[test]
fn an_unknown_outcome_is_no_fault_and_counts_as_resolved_when_it_is_answered() {
    let mut run = good();
    run.operations[index(3)].answers = vec![(moment(35), Answer::Unknown)];
    assert_eq!((check(&run).unknown, check(&run).holds()), (1, true));
    run.operations[index(3)].sent.push(moment(500));
    run.operations[index(3)]
        .answers
        .push((moment(505), Answer::Ok { position: 3 }));
    let report = check(&run);
    assert_eq!(
        (report.unknown, report.unknown_resolved, report.holds()),
        (0, 1, true)
    );
}

#[test]
fn another_answer_to_a_repeated_command_is_caught() {
    for again in [
        Answer::Ok { position: 4 },
        Answer::Refused {
            code: "not_found".to_owned(),
        },
    ] {
        let mut run = good();
        run.operations[index(3)].sent.push(moment(500));
        run.operations[index(3)].answers.push((moment(505), again));
        assert_eq!(broken(&check(&run)), [Invariant::I3]);
    }
}

#[test]
fn an_answer_at_the_wrong_place_is_caught() {
    let mut run = good();
    run.operations[index(3)].answers = vec![(moment(35), Answer::Ok { position: 2 })];
    assert!(broken(&check(&run)).contains(&Invariant::I1));
}

#[test]
fn a_hole_and_a_double_sequence_are_caught() {
    let mut run = good();
    run.mirror = None;
    run.live.clear();
    run.operations.clear();
    let mut hole = run.clone();
    for event in &mut hole.log[index(7)..] {
        event.position += 1;
    }
    assert_eq!(broken(&check(&hole)), [Invariant::I4]);
    run.log[index(8)].sequence -= 1;
    assert_eq!(broken(&check(&run)), [Invariant::I5]);
}

#[test]
fn a_row_that_the_log_does_not_give_is_caught_and_so_is_one_that_is_missing() {
    let mut other = good();
    other.models[0].rows.insert("3".to_owned(), json!(4));
    let mut missing = good();
    missing.models[0].rows.remove("3");
    let mut extra = good();
    extra.models[0].rows.insert("13".to_owned(), json!(13));
    for run in [other, missing, extra] {
        let report = check(&run);
        assert_eq!(
            (report.violations.len(), broken(&report)),
            (1, vec![Invariant::I6])
        );
    }
}

#[test]
fn a_live_client_that_missed_repeated_or_reordered_is_caught() {
    type Break = fn(&mut Vec<(i64, Uuid)>);
    let breaks: [(&str, Break); 6] = [
        // What the naive poller of an identity column does.
        ("missed", |seen| {
            seen.remove(4);
        }),
        ("missed the last", |seen| {
            seen.pop();
        }),
        ("missed the first", |seen| {
            seen.remove(0);
        }),
        ("repeated", |seen| seen.insert(5, seen[4])),
        ("reordered", |seen| seen.swap(4, 5)),
        ("got another event", |seen| seen[4].1 = id(77)),
    ];
    for (what, make) in breaks {
        let mut run = good();
        make(&mut run.live[0].seen);
        assert_eq!(broken(&check(&run)), [Invariant::I7], "{what}");
    }
    let mut foreign = good();
    foreign.live[1].seen.insert(0, (1, id(1_001)));
    assert_eq!(
        broken(&check(&foreign)),
        [Invariant::I7],
        "it asked for orders only"
    );
}

#[test]
fn a_copy_that_differs_from_the_log_is_caught() {
    type Break = fn(&mut Vec<Mirrored>);
    let breaks: [(&str, Break); 5] = [
        ("a hole", |mirror| drop(mirror.remove(4))),
        ("a double", |mirror| mirror.insert(4, mirror[4].clone())),
        ("other data", |mirror| {
            mirror[4].body["data"] = json!({ "n": 0 });
        }),
        ("renumbered", |mirror| {
            mirror.iter_mut().for_each(|message| message.sequence += 1);
        }),
        ("an event of a lost future", |mirror| {
            mirror.push(mirrored_from(&logged(COUNT + 1)));
        }),
    ];
    for (what, make) in breaks {
        let mut run = good();
        make(run.mirror.as_mut().expect("there is one"));
        assert_eq!(broken(&check(&run)), [Invariant::I8], "{what}");
    }
    let mut shorter = good();
    shorter.mirror.as_mut().expect("there is one").drain(..4);
    assert_eq!(
        broken(&check(&shorter)),
        [],
        "old messages may have aged away"
    );
}

#[test]
fn a_later_command_that_stands_before_an_earlier_one_is_caught() {
    let mut run = good();
    // 4 was answered at 45; 3 is said to have been sent after that.
    run.operations[index(3)].sent = vec![moment(46)];
    run.operations[index(3)].answers[0].0 = moment(49);
    assert_eq!(broken(&check(&run)), [Invariant::I9]);
    // At the same time either order is right.
    run.operations[index(3)].sent = vec![moment(45)];
    assert_eq!(broken(&check(&run)), []);
}

#[test]
fn a_counter_that_moved_is_caught() {
    let mut run = good();
    run.gauges[0].value = 1;
    assert_eq!(broken(&check(&run)), [Invariant::I10]);
}
