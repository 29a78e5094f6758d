//! What events say: an agent is lost or back, a deployment failed or succeeded, a token was stolen.

use pantheon_events::agents::{AgentEvent, Health};
use pantheon_events::alerts::{AlertSeverity, RaiseAlert};
use pantheon_events::deployments::EnvironmentEvent;
use pantheon_events::sessions::{EndReason, SessionEvent};
use pantheon_events::users::UserEvent;
use pantheon_events::{DecodeError, DomainEvent, RecordedEvent};

use super::Turn;

/// The events that are listened to.
pub(super) const TYPES: [&str; 7] = [
    "session_ended",
    "user_password_changed",
    "agent_enrolled",
    "agent_health_changed",
    "agent_revoked",
    "deployment_failed",
    "deployment_completed",
];

pub(super) const AGENT: &str = "agent";
const DEPLOYMENT: &str = "deployment";
const SESSION: &str = "session";

/// What follows from an event.
pub(super) fn turn(event: &RecordedEvent) -> Result<Option<Turn>, DecodeError> {
    match event.aggregate_type.as_str() {
        "agent" => Ok(of_agent(&event.aggregate_id, decode(event)?)),
        "environment" => Ok(of_deployment(decode(event)?)),
        "session" => Ok(of_session(decode(event)?)),
        "user" => Ok(of_user(&event.aggregate_id, decode(event)?)),
        _ => Ok(None),
    }
}

fn decode<E: DomainEvent>(event: &RecordedEvent) -> Result<E, DecodeError> {
    E::decode(&event.event_type, &event.event_version, event.payload.get())
}

fn of_agent(id: &str, event: AgentEvent) -> Option<Turn> {
    let over = |reason| Turn::Resolve {
        source: AGENT,
        subject: id.to_owned(),
        reason,
    };
    match event {
        AgentEvent::AgentHealthChanged(changed) => match changed.to {
            Health::Unhealthy => Some(Turn::Raise(RaiseAlert {
                source: AGENT.to_owned(),
                subject: id.to_owned(),
                severity: AlertSeverity::Warning,
                title: format!("{} is not heard of", changed.agent_name),
                description: format!(
                    "No heartbeat of {id} came in time; look at its process and its connection."
                ),
            })),
            _ if changed.from == Health::Unhealthy => Some(over("It is heard of again.")),
            Health::Healthy => Some(over("It is heard of again.")),
            _ => None,
        },
        AgentEvent::AgentEnrolled(_) => Some(over("It was enrolled anew.")),
        AgentEvent::AgentRevoked(_) => Some(over("It was revoked.")),
        _ => None,
    }
}

/// BUS-15: somebody had a refresh token of somebody else's.
fn of_session(event: SessionEvent) -> Option<Turn> {
    match event {
        SessionEvent::SessionEnded(ended) if ended.reason == EndReason::ReuseDetected => {
            Some(Turn::Raise(RaiseAlert {
                source: SESSION.to_owned(),
                subject: ended.user_id.to_string(),
                severity: AlertSeverity::Critical,
                title: "A refresh token was used by two".to_owned(),
                description: format!(
                    "One of account {} was shown again long after it was used: somebody else has \
                     it. The session has ended; its owner should change the password.",
                    ended.user_id
                ),
            }))
        }
        _ => None,
    }
}

fn of_user(id: &str, event: UserEvent) -> Option<Turn> {
    matches!(event, UserEvent::UserPasswordChanged(_)).then(|| Turn::Resolve {
        source: SESSION,
        subject: id.to_owned(),
        reason: "The password was changed.",
    })
}

/// One alert per environment: the next deployment that succeeds ends it.
fn of_deployment(event: EnvironmentEvent) -> Option<Turn> {
    match event {
        EnvironmentEvent::DeploymentFailed(failed) => Some(Turn::Raise(RaiseAlert {
            source: DEPLOYMENT.to_owned(),
            title: format!("The deployment to {} failed", failed.environment),
            subject: failed.environment,
            severity: AlertSeverity::Critical,
            description: format!("Version {}: {}", failed.version, failed.error),
        })),
        EnvironmentEvent::DeploymentCompleted(completed) => Some(Turn::Resolve {
            source: DEPLOYMENT,
            subject: completed.environment,
            reason: "A later deployment succeeded.",
        }),
        _ => None,
    }
}
