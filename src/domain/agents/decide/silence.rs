//! `mark_degraded` and `mark_unresponsive`: an agent has been silent. The sender says what it last
//! heard on any node; a later recorded heartbeat makes the command a no-op.

use chrono::{DateTime, TimeDelta, Utc};
use pantheon_events::agents::{
    AgentEvent, AgentStatus, Health, MarkDegraded, MarkUnresponsive, StatusReason,
};

use super::transition;
use crate::domain::Asked;
use crate::domain::agents::{Agent, AgentError};

pub(in crate::domain::agents) fn unresponsive(
    agent: &Agent,
    asked: &Asked<&MarkUnresponsive>,
) -> Result<Vec<AgentEvent>, AgentError> {
    let command = asked.command;
    if !is_silent(agent, command.last_heard, command.silent_seconds, asked.at) {
        return Ok(vec![]);
    }
    let gone = transition::status(
        agent,
        AgentStatus::Offline,
        StatusReason::NoHeartbeat,
        asked.at,
        agent.current_task,
    );
    Ok(gone
        .into_iter()
        .chain(transition::health(agent, Health::Unhealthy))
        .collect())
}

pub(in crate::domain::agents) fn degraded(
    agent: &Agent,
    asked: &Asked<&MarkDegraded>,
) -> Result<Vec<AgentEvent>, AgentError> {
    let command = asked.command;
    let silent = is_silent(agent, command.last_heard, command.silent_seconds, asked.at);
    if !silent || agent.health != Health::Healthy {
        return Ok(vec![]);
    }
    Ok(transition::health(agent, Health::Degraded)
        .into_iter()
        .collect())
}

/// Who was never heard is not silent: nothing is known of it.
fn is_silent(
    agent: &Agent,
    last_heard: DateTime<Utc>,
    silent_seconds: u32,
    at: DateTime<Utc>,
) -> bool {
    agent.last_heartbeat.is_some_and(|recorded| {
        at - recorded.max(last_heard) >= TimeDelta::seconds(i64::from(silent_seconds))
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::*;
    use super::*;

    fn unresponsive_since(last_heard: DateTime<Utc>) -> MarkUnresponsive {
        MarkUnresponsive {
            last_heard,
            silent_seconds: 300,
        }
    }

    #[test]
    fn an_agent_that_was_silent_for_the_threshold_is_offline() {
        given(up_since(ago(300)))
            .when(asked(unresponsive_since(ago(300))))
            .then_expect_events(vec![
                status(
                    AgentStatus::Active,
                    AgentStatus::Offline,
                    StatusReason::NoHeartbeat,
                    NOW,
                ),
                health(Health::Healthy, Health::Unhealthy),
            ]);
    }

    #[test]
    fn a_heartbeat_in_time_recorded_or_not_keeps_the_agent() {
        for (recorded, heard) in [(299, 400), (400, 299)] {
            given(up_since(ago(recorded)))
                .when(asked(unresponsive_since(ago(heard))))
                .then_expect_events(vec![]);
        }
    }

    #[test]
    fn an_agent_that_is_gone_already_or_was_never_there_is_left_alone() {
        for before in [gone(), enrolled(), revoked()] {
            given(before)
                .when(asked(unresponsive_since(ago(400))))
                .then_expect_events(vec![]);
        }
    }

    #[test]
    fn a_stopped_agent_only_loses_its_health() {
        given(halted())
            .when(asked(MarkUnresponsive {
                last_heard: EARLIER,
                silent_seconds: 10,
            }))
            .then_expect_events(vec![health(Health::Healthy, Health::Unhealthy)]);
    }

    #[test]
    fn a_healthy_agent_is_degraded_once() {
        let degrade = MarkDegraded {
            last_heard: ago(60),
            silent_seconds: 60,
        };
        let degraded = health(Health::Healthy, Health::Degraded);
        given(up_since(ago(60)))
            .when(asked(degrade.clone()))
            .then_expect_events(vec![degraded.clone()]);
        given(with(up_since(ago(60)), [degraded]))
            .when(asked(degrade.clone()))
            .then_expect_events(vec![]);
        given(up_since(ago(59)))
            .when(asked(degrade))
            .then_expect_events(vec![]);
    }
}
