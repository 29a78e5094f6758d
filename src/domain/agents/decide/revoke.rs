//! `revoke_agent`: an agent's key counts no more.

use pantheon_events::agents::{
    AgentCommand, AgentEvent, AgentRevoked, AgentStatus, Health, StatusReason,
};

use super::transition;
use crate::domain::Asked;
use crate::domain::agents::{Agent, AgentError};

pub(in crate::domain::agents) fn revoke(
    agent: &Agent,
    asked: &Asked<AgentCommand>,
) -> Result<Vec<AgentEvent>, AgentError> {
    let Some(public_key) = &agent.public_key else {
        return if agent.standing.revoked {
            Ok(vec![])
        } else {
            Err(AgentError::NotEnrolled)
        };
    };
    let revoked = AgentRevoked {
        public_key: public_key.clone(),
        agent_name: agent.name.clone(),
    };
    let mut events = vec![revoked.into()];
    events.extend(transition::status(
        agent,
        AgentStatus::Offline,
        StatusReason::Revoked,
        asked.at,
        agent.current_task,
    ));
    events.extend(transition::health(agent, Health::Unhealthy));
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::*;
    use super::*;
    use pantheon_events::agents::RevokeAgent;

    #[test]
    fn an_enrolled_agent_loses_its_key_and_is_unhealthy() {
        given(enrolled())
            .when(asked(RevokeAgent {}))
            .then_expect_events(vec![
                key_revoked(),
                health(Health::Unknown, Health::Unhealthy),
            ]);
    }

    #[test]
    fn an_agent_that_is_up_goes_offline_with_its_key() {
        given(up())
            .when(asked(RevokeAgent {}))
            .then_expect_events(vec![
                key_revoked(),
                status(
                    AgentStatus::Active,
                    AgentStatus::Offline,
                    StatusReason::Revoked,
                    NOW,
                ),
                health(Health::Healthy, Health::Unhealthy),
            ]);
    }

    #[test]
    fn a_repeat_changes_nothing() {
        given(revoked())
            .when(asked(RevokeAgent {}))
            .then_expect_events(vec![]);
    }

    #[test]
    fn an_agent_without_a_key_has_none_to_lose() {
        given(vec![registered()])
            .when(asked(RevokeAgent {}))
            .then_expect_error(AgentError::NotEnrolled);
    }
}
