//! `register_agent`: an agent of the catalogue, at the first start.

use pantheon_events::agents::{AgentCommand, AgentEvent, AgentRegistered, catalogue_agent};

use crate::domain::Asked;
use crate::domain::agents::{Agent, AgentError};

pub(in crate::domain::agents) fn register(
    agent: &Agent,
    asked: &Asked<AgentCommand>,
) -> Result<Vec<AgentEvent>, AgentError> {
    if agent.exists() {
        return Err(AgentError::AlreadyExists);
    }
    let known = catalogue_agent(&asked.id)
        .ok_or_else(|| AgentError::NotInCatalogue(asked.id.to_string()))?;
    Ok(vec![
        AgentRegistered {
            agent_type: known.id.to_owned(),
            name: known.name.to_owned(),
            category: known.category,
            layer: known.layer,
            capabilities: known.capabilities.map(str::to_owned).to_vec(),
        }
        .into(),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::*;
    use super::*;
    use pantheon_events::agents::RegisterAgent;

    #[test]
    fn an_agent_of_the_catalogue_is_registered_with_its_data() {
        given(vec![])
            .when(asked(RegisterAgent {}))
            .then_expect_events(vec![registered()]);
    }

    #[test]
    fn a_taken_id_is_not_registered_again() {
        for before in [vec![registered()], enrolled()] {
            given(before)
                .when(asked(RegisterAgent {}))
                .then_expect_error(AgentError::AlreadyExists);
        }
    }

    #[test]
    fn what_is_not_in_the_catalogue_is_not_registered() {
        given(vec![])
            .when(asked_of("codegen-2", operator(), RegisterAgent {}))
            .then_expect_error(AgentError::NotInCatalogue("codegen-2".to_owned()));
    }
}
