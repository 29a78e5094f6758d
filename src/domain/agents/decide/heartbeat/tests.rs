use super::super::super::testing::*;
use super::*;
use ControlRequest::{Pause, Restart, Resume, Start, Stop};
use pantheon_events::agents::AgentStatus::{Active, Error, Idle, Offline};
use pantheon_events::agents::StatusReason::Heartbeat as Said;

fn beat() -> RecordHeartbeat {
    RecordHeartbeat {
        session_id: Some(SESSION.into()),
        ..RecordHeartbeat::default()
    }
}

fn saying(state: ReportedState) -> RecordHeartbeat {
    RecordHeartbeat {
        state: Some(state),
        ..beat()
    }
}

fn kept(state: ReportedState) -> AgentHeartbeatRecorded {
    AgentHeartbeatRecorded {
        state,
        ..heartbeat_at(NOW)
    }
}

#[test]
fn the_first_heartbeat_brings_the_agent_up_and_asks_to_be_told_what_is_wanted() {
    given(enrolled())
        .when(itself(beat()))
        .then_expect_events(vec![
            AgentHeartbeatRecorded {
                connected: true,
                tell: Some(Start),
                ..kept(ReportedState::Active)
            }
            .into(),
            status(Offline, Active, Said, NOW),
            health(Health::Unknown, Health::Healthy),
        ]);
}

#[test]
fn a_heartbeat_that_changes_nothing_is_one_event() {
    given(up())
        .when(itself(beat()))
        .then_expect_events(vec![kept(ReportedState::Active).into()]);
}

#[test]
fn a_heartbeat_that_says_something_else_changes_the_status_in_the_same_commit() {
    for (said, new) in [(ReportedState::Idle, Idle), (ReportedState::Error, Error)] {
        given(up())
            .when(itself(saying(said)))
            .then_expect_events(vec![kept(said).into(), status(Active, new, Said, NOW)]);
    }
}

#[test]
fn an_agent_that_was_taken_for_gone_comes_back() {
    given(gone()).when(itself(beat())).then_expect_events(vec![
        AgentHeartbeatRecorded {
            connected: true,
            tell: Some(Start),
            ..kept(ReportedState::Active)
        }
        .into(),
        status(Offline, Active, Said, NOW),
        health(Health::Unhealthy, Health::Healthy),
    ]);
}

#[test]
fn a_good_heartbeat_ends_a_reported_error() {
    let before = with(
        up(),
        [error_reported(), status(Active, Error, REPORTED, EARLIER)],
    );
    given(before).when(itself(beat())).then_expect_events(vec![
        kept(ReportedState::Active).into(),
        status(Error, Active, Said, NOW),
    ]);
}

#[test]
fn a_paused_agent_stays_idle_whatever_its_heartbeat_says() {
    given(paused())
        .when(itself(saying(ReportedState::Active)))
        .then_expect_events(vec![kept(ReportedState::Active).into()]);
}

#[test]
fn a_stopped_agent_stays_offline_and_is_told_again_only_after_a_new_start() {
    given(halted())
        .when(itself(beat()))
        .then_expect_events(vec![kept(ReportedState::Active).into()]);
    let again = RecordHeartbeat {
        session_id: Some("another".into()),
        ..beat()
    };
    given(halted()).when(itself(again)).then_expect_events(vec![
        AgentHeartbeatRecorded {
            session_id: Some("another".into()),
            connected: true,
            tell: Some(Stop),
            ..kept(ReportedState::Active)
        }
        .into(),
    ]);
}

#[test]
fn a_fitting_heartbeat_confirms_what_was_asked() {
    let up_again = status(Offline, Active, Said, NOW);
    let back = AgentHeartbeatRecorded {
        connected: true,
        tell: Some(Start),
        ..kept(ReportedState::Active)
    };
    given(with(halted(), [request_event(Start, EARLIER)]))
        .when(itself(beat()))
        .then_expect_events(vec![back.into(), confirmed(Start), up_again]);
    given(with(up(), [request_event(Pause, EARLIER)]))
        .when(itself(saying(ReportedState::Idle)))
        .then_expect_events(vec![
            kept(ReportedState::Idle).into(),
            confirmed(Pause),
            status(Active, Idle, Said, NOW),
        ]);
    given(with(paused(), [request_event(Resume, EARLIER)]))
        .when(itself(beat()))
        .then_expect_events(vec![
            kept(ReportedState::Active).into(),
            confirmed(Resume),
            status(Idle, Active, Said, NOW),
        ]);
}

#[test]
fn a_heartbeat_that_does_not_fit_confirms_nothing() {
    given(with(up(), [request_event(Stop, EARLIER)]))
        .when(itself(beat()))
        .then_expect_events(vec![kept(ReportedState::Active).into()]);
    given(with(paused(), [request_event(Resume, EARLIER)]))
        .when(itself(saying(ReportedState::Idle)))
        .then_expect_events(vec![kept(ReportedState::Idle).into()]);
}

#[test]
fn a_heartbeat_of_an_idle_agent_with_nothing_in_hand_confirms_a_stop() {
    let last = RecordHeartbeat {
        active_tasks: Some(0),
        ..saying(ReportedState::Idle)
    };
    given(with(up(), [request_event(Stop, EARLIER)]))
        .when(itself(last))
        .then_expect_events(vec![
            AgentHeartbeatRecorded {
                active_tasks: Some(0),
                ..kept(ReportedState::Idle)
            }
            .into(),
            confirmed(Stop),
            status(Active, Offline, Said, NOW),
        ]);
}

#[test]
fn an_agent_that_comes_idle_is_told_to_stop_before_it_counts_as_stopped() {
    let first = RecordHeartbeat {
        active_tasks: Some(0),
        ..saying(ReportedState::Idle)
    };
    let told = given(with(enrolled(), [request_event(Stop, EARLIER)]))
        .when(itself(first))
        .inspect_result()
        .expect("accepted");
    assert!(matches!(
        &told[0],
        AgentEvent::AgentHeartbeatRecorded(beat) if beat.tell == Some(Stop)
    ));
    assert!(!told.contains(&confirmed(Stop)));
}

#[test]
fn a_restart_is_outstanding_until_a_new_session() {
    let before = with(up(), [request_event(Restart, EARLIER)]);
    given(before.clone())
        .when(itself(beat()))
        .then_expect_events(vec![kept(ReportedState::Active).into()]);
    let anew = RecordHeartbeat {
        session_id: Some("another".into()),
        ..beat()
    };
    given(before).when(itself(anew)).then_expect_events(vec![
        AgentHeartbeatRecorded {
            session_id: Some("another".into()),
            connected: true,
            tell: Some(Start),
            ..kept(ReportedState::Active)
        }
        .into(),
        confirmed(Restart),
    ]);
}

#[test]
fn an_agent_that_let_a_request_time_out_is_told_again() {
    for (asked, told) in [(Stop, Some(Stop)), (Restart, None)] {
        let before = with(
            up(),
            [request_event(asked, ago(40)), timed_out(asked, ago(40))],
        );
        let expected = AgentHeartbeatRecorded {
            tell: told,
            ..kept(ReportedState::Active)
        };
        given(before)
            .when(itself(beat()))
            .then_expect_events(vec![expected.into()]);
    }
}

#[test]
fn unless_all_are_recorded_a_heartbeat_that_changes_nothing_leaves_no_event() {
    let quiet = |recording| RecordHeartbeat {
        recording,
        ..beat()
    };
    // The last heartbeat of `up()` was at EARLIER, 10 s ago.
    for (recording, events) in [
        (HeartbeatRecording::Transitions, 0),
        (HeartbeatRecording::Interval(11), 0),
        (HeartbeatRecording::Interval(10), 1),
        (HeartbeatRecording::All, 1),
    ] {
        let expected = vec![kept(ReportedState::Active).into(); events];
        given(up())
            .when(itself(quiet(recording)))
            .then_expect_events(expected);
    }
}

#[test]
fn a_heartbeat_that_changes_something_is_recorded_in_every_mode() {
    let idle = RecordHeartbeat {
        recording: HeartbeatRecording::Transitions,
        ..saying(ReportedState::Idle)
    };
    given(up()).when(itself(idle)).then_expect_events(vec![
        kept(ReportedState::Idle).into(),
        status(Active, Idle, Said, NOW),
    ]);
}

#[test]
fn nobody_speaks_for_an_agent() {
    let other = asked_of(ID, pantheon_events::Actor::agent("review"), beat());
    for stranger in [asked(beat()), other] {
        given(up())
            .when(stranger)
            .then_expect_error(AgentError::NotItself);
    }
}

#[test]
fn an_agent_without_a_key_is_not_heard() {
    given(vec![registered()])
        .when(itself(beat()))
        .then_expect_error(AgentError::NotEnrolled);
    given(revoked())
        .when(itself(beat()))
        .then_expect_error(AgentError::Revoked);
}

#[test]
fn who_may_touch_only_its_own_does_not_see_another() {
    let mut foreign = asked_of(ID, pantheon_events::Actor::agent("review"), beat());
    let mut by = (*foreign.by).clone();
    by.own_only = true;
    foreign.by = std::sync::Arc::new(by);
    given(up())
        .when(foreign)
        .then_expect_error(AgentError::NotFound);
}
