//! `enroll_agent`: an agent gets a key of its own.

use pantheon_events::agents::{
    AgentEnrolled, AgentEvent, CatalogueAgent, EnrollAgent, Health, catalogue_type,
};

use super::transition;
use crate::domain::Asked;
use crate::domain::agents::{Agent, AgentError};

pub(in crate::domain::agents) fn enroll(
    agent: &Agent,
    asked: &Asked<&EnrollAgent>,
) -> Result<Vec<AgentEvent>, AgentError> {
    let command = asked.command;
    match &agent.public_key {
        Some(key) if *key == command.public_key => return Ok(vec![]),
        Some(_) => return Err(AgentError::AlreadyExists),
        None => {}
    }
    let known = catalogue_type(&command.agent_type)
        .ok_or_else(|| AgentError::UnknownType(command.agent_type.clone()))?;
    if agent.registered && agent.agent_type != known.id {
        return Err(AgentError::OtherType(agent.agent_type.clone()));
    }
    let mut events = vec![with_key(command, known).into()];
    events.extend(transition::health(agent, Health::Unknown));
    Ok(events)
}

fn with_key(command: &EnrollAgent, known: &CatalogueAgent) -> AgentEnrolled {
    let name = command.name.as_deref().map_or(known.name, str::trim);
    let mut capabilities = known.capabilities.map(str::to_owned).to_vec();
    for own in &command.capabilities {
        if !capabilities.contains(own) {
            capabilities.push(own.clone());
        }
    }
    AgentEnrolled {
        public_key: command.public_key.clone(),
        agent_type: known.id.to_owned(),
        kind: command.kind,
        name: name.to_owned(),
        category: known.category,
        layer: command.layer.unwrap_or(known.layer),
        capabilities,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::*;
    use super::*;
    use pantheon_events::agents::{AgentHealthChanged, MemberKind};

    fn enroll(key: &str, agent_type: &str) -> EnrollAgent {
        EnrollAgent {
            public_key: key.to_owned(),
            agent_type: agent_type.to_owned(),
            kind: MemberKind::Agent,
            name: None,
            layer: None,
            capabilities: vec![],
        }
    }

    #[test]
    fn a_free_id_is_enrolled_under_any_name_of_its_type() {
        for name in ["codegen", "codegen-agent", "CodeGenAgent"] {
            given(vec![])
                .when(asked(enroll(KEY, name)))
                .then_expect_events(enrolled());
        }
    }

    #[test]
    fn a_registered_agent_is_enrolled() {
        given(vec![registered()])
            .when(asked(enroll(KEY, "codegen")))
            .then_expect_events(enrolled());
    }

    #[test]
    fn own_capabilities_come_after_the_catalogues_and_only_once() {
        let command = EnrollAgent {
            capabilities: vec!["fix.apply".into(), "Bug fixing".into(), "fix.apply".into()],
            name: Some(" Fixer ".into()),
            layer: Some(2),
            ..enroll(KEY, "codegen")
        };
        let AgentEvent::AgentEnrolled(event) = enrolled().remove(0) else {
            unreachable!("the fixture starts with the enrolment")
        };
        let mut capabilities = event.capabilities.clone();
        capabilities.push("fix.apply".to_owned());
        given(vec![]).when(asked(command)).then_expect_events(vec![
            AgentEnrolled {
                name: "Fixer".into(),
                layer: 2,
                capabilities,
                ..event
            }
            .into(),
        ]);
    }

    #[test]
    fn a_repeat_with_the_same_key_changes_nothing() {
        given(enrolled())
            .when(asked(enroll(KEY, "codegen")))
            .then_expect_events(vec![]);
    }

    #[test]
    fn an_enrolled_agent_gets_no_second_key() {
        given(enrolled())
            .when(asked(enroll(OTHER_KEY, "codegen")))
            .then_expect_error(AgentError::AlreadyExists);
    }

    #[test]
    fn an_unknown_type_is_refused() {
        given(vec![])
            .when(asked(enroll(KEY, "Codegen")))
            .then_expect_error(AgentError::UnknownType("Codegen".to_owned()));
    }

    #[test]
    fn a_registered_agent_keeps_its_type() {
        given(vec![registered()])
            .when(asked(enroll(KEY, "review")))
            .then_expect_error(AgentError::OtherType("codegen".to_owned()));
    }

    #[test]
    fn a_revoked_agent_is_enrolled_anew_and_nothing_is_known_of_its_health() {
        let mut after = enrolled_with(OTHER_KEY);
        after.push(
            AgentHealthChanged {
                from: Health::Unhealthy,
                to: Health::Unknown,
                agent_name: NAME.into(),
            }
            .into(),
        );
        given(revoked())
            .when(asked(enroll(OTHER_KEY, "codegen")))
            .then_expect_events(after);
    }
}
