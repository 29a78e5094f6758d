//! `configure_agent`: how an agent is to work. What is left out stays.

use pantheon_events::agents::{AgentConfig, AgentConfigured, AgentEvent, ConfigureAgent};

use crate::domain::agents::{Agent, AgentError};

pub(in crate::domain::agents) fn configure(
    agent: &Agent,
    command: &ConfigureAgent,
) -> Result<Vec<AgentEvent>, AgentError> {
    let config = merged(&agent.config, command);
    if config == agent.config {
        return Ok(vec![]);
    }
    let agent_name = agent.name.clone();
    Ok(vec![AgentConfigured { config, agent_name }.into()])
}

fn merged(present: &AgentConfig, command: &ConfigureAgent) -> AgentConfig {
    AgentConfig {
        max_concurrent_tasks: command
            .max_concurrent_tasks
            .unwrap_or(present.max_concurrent_tasks),
        timeout_seconds: command.timeout_seconds.unwrap_or(present.timeout_seconds),
        retry_attempts: command.retry_attempts.unwrap_or(present.retry_attempts),
        enable_logging: command.enable_logging.unwrap_or(present.enable_logging),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::*;
    use super::*;

    fn configured(config: AgentConfig) -> AgentEvent {
        AgentConfigured {
            config,
            agent_name: NAME.into(),
        }
        .into()
    }

    #[test]
    fn the_event_carries_the_whole_merged_configuration() {
        let five = AgentConfig {
            max_concurrent_tasks: 5,
            ..AgentConfig::default()
        };
        let quiet = AgentConfig {
            enable_logging: false,
            ..five
        };
        given(vec![registered(), configured(five)])
            .when(asked(ConfigureAgent {
                enable_logging: Some(false),
                ..ConfigureAgent::default()
            }))
            .then_expect_events(vec![configured(quiet)]);
    }

    #[test]
    fn what_changes_nothing_is_no_event() {
        for command in [
            ConfigureAgent::default(),
            ConfigureAgent {
                timeout_seconds: Some(3600),
                ..ConfigureAgent::default()
            },
        ] {
            given(vec![registered()])
                .when(asked(command))
                .then_expect_events(vec![]);
        }
    }
}
