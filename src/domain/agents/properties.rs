//! What holds for an agent after any sequence of commands at any times.

use std::sync::Arc;

use chrono::TimeDelta;
use cqrs_es::Aggregate;
use pantheon_events::agents::{
    AgentCommand, AgentEvent, AgentStatus, AppendLog, ConfigureAgent, ConfirmControl,
    ControlRequest, DesiredState, EnrollAgent, ExpireControl, Health, HeartbeatRecording, LogEntry,
    LogLevel, MarkDegraded, MarkUnresponsive, MemberKind, RecordHeartbeat, RegisterAgent,
    ReportError, ReportedState, RevokeAgent,
};
use proptest::prelude::*;

use super::Agent;
use super::testing::{ID, KEY, NOW, OTHER_KEY, asked, command, itself};
use crate::domain::Asked;

fn requests() -> impl Strategy<Value = ControlRequest> {
    proptest::sample::select(ControlRequest::ALL)
}

fn heartbeats() -> impl Strategy<Value = AgentCommand> {
    let recordings = [
        HeartbeatRecording::All,
        HeartbeatRecording::Interval(20),
        HeartbeatRecording::Transitions,
    ];
    (
        proptest::sample::select(ReportedState::ALL),
        proptest::option::of(proptest::sample::select(&["one", "two"][..])),
        proptest::sample::select(recordings.to_vec()),
        proptest::option::of(0..2_i32),
    )
        .prop_map(|(state, session, recording, active_tasks)| {
            RecordHeartbeat {
                state: Some(state),
                session_id: session.map(str::to_owned),
                active_tasks,
                recording,
                ..RecordHeartbeat::default()
            }
            .into()
        })
}

fn enrolments() -> impl Strategy<Value = AgentCommand> {
    proptest::sample::select(&[KEY, OTHER_KEY][..]).prop_map(|key| {
        EnrollAgent {
            public_key: key.to_owned(),
            agent_type: ID.to_owned(),
            kind: MemberKind::Agent,
            name: None,
            layer: None,
            capabilities: vec![],
        }
        .into()
    })
}

/// A command, and seconds that pass before it.
fn steps() -> impl Strategy<Value = (AgentCommand, i64)> {
    let commands = prop_oneof![
        6 => heartbeats(),
        2 => enrolments(),
        1 => Just(RegisterAgent {}.into()),
        1 => Just(RevokeAgent {}.into()),
        6 => requests().prop_map(command),
        3 => proptest::option::of(requests()).prop_map(|request| ConfirmControl { request }.into()),
        2 => Just(ExpireControl { requested_at: NOW }.into()),
        1 => (1..3_u32).prop_map(|tasks| {
            ConfigureAgent { max_concurrent_tasks: Some(tasks), ..Default::default() }.into()
        }),
        2 => Just(MarkUnresponsive { last_heard: NOW, silent_seconds: 300 }.into()),
        2 => Just(MarkDegraded { last_heard: NOW, silent_seconds: 60 }.into()),
        1 => Just(ReportError { error: "bad".to_owned(), task_id: None }.into()),
        1 => Just(log()),
    ];
    (
        commands,
        prop_oneof![Just(0), Just(1), Just(29), Just(30), Just(60), Just(301)],
    )
}

fn log() -> AgentCommand {
    let entry = LogEntry {
        level: LogLevel::Info,
        message: "hello".to_owned(),
        timestamp: None,
        session_id: None,
        execution_id: None,
        context: None,
        file: None,
        line: None,
        issue_number: None,
    };
    AppendLog {
        entries: vec![entry],
    }
    .into()
}

fn asked_at(command: AgentCommand, seconds: i64, agent: &Agent) -> Asked<AgentCommand> {
    let at = NOW + TimeDelta::seconds(seconds);
    let own = matches!(
        command,
        AgentCommand::RecordHeartbeat(_)
            | AgentCommand::ConfirmControl(_)
            | AgentCommand::ReportError(_)
            | AgentCommand::AppendLog(_)
    );
    let command = match (command, agent.outstanding()) {
        (AgentCommand::ExpireControl(_), Some(request)) => ExpireControl {
            requested_at: request.requested_at,
        }
        .into(),
        (command, _) => command,
    };
    let asked = if own { itself(command) } else { asked(command) };
    Asked {
        at,
        by: Arc::clone(&asked.by),
        ..asked
    }
}

fn changes_status(event: &AgentEvent) -> Option<(AgentStatus, AgentStatus)> {
    match event {
        AgentEvent::AgentStatusChanged(event) => Some((event.old_status, event.new_status)),
        _ => None,
    }
}

fn check(agent: &Agent) -> Result<(), TestCaseError> {
    let standing = agent.standing;
    prop_assert_eq!(agent.outstanding().is_some() && standing.confirmed, false);
    prop_assert_eq!(agent.request.is_none(), standing.confirmed);
    if standing.revoked {
        prop_assert_eq!(agent.status, AgentStatus::Offline);
        prop_assert_eq!(agent.health, Health::Unhealthy);
        prop_assert!(agent.public_key.is_none());
    }
    if agent.status == AgentStatus::Offline {
        prop_assert!(!standing.up);
    } else {
        prop_assert!(standing.up && agent.public_key.is_some());
        // A request alone changes no status; the next word of the agent does.
        let only_asked = !standing.confirmed || standing.desired == DesiredState::Running;
        prop_assert!(only_asked || agent.status == standing.status());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn an_agent_keeps_its_promises_whatever_is_asked(
        steps in proptest::collection::vec(steps(), 1..40),
    ) {
        let mut agent = Agent::default();
        let mut seconds = 0;
        for (command, passed) in steps {
            seconds += passed;
            let asked = asked_at(command, seconds, &agent);
            let Ok(events) = agent.decide(&asked) else { continue };
            for event in events {
                if let Some((old, new)) = changes_status(&event) {
                    prop_assert_eq!(old, agent.status);
                    prop_assert_ne!(old, new);
                }
                agent.apply(event);
            }
            check(&agent)?;
        }
    }

    #[test]
    fn a_blind_repeat_of_what_the_console_can_send_changes_nothing(
        steps in proptest::collection::vec(steps(), 0..30),
        request in requests(),
        after in 0..29_i64,
    ) {
        let mut agent = Agent::default();
        let mut seconds = 0;
        for (command, passed) in steps {
            seconds += passed;
            let asked = asked_at(command, seconds, &agent);
            for event in agent.decide(&asked).unwrap_or_default() {
                agent.apply(event);
            }
        }
        let first = agent.decide(&asked_at(command(request), seconds, &agent));
        let Ok(events) = first else { return Ok(()) };
        // The window of a restart counts from the first one.
        if request == ControlRequest::Restart && events.is_empty() {
            return Ok(());
        }
        for event in events {
            agent.apply(event);
        }
        let repeat = agent.decide(&asked_at(command(request), seconds + after, &agent));
        prop_assert_eq!(repeat, Ok(vec![]));
    }
}
