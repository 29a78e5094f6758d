//! What travels with a command beside its data.

use uuid::Uuid;

use crate::{Actor, CommandId, EventId, Metadata, RecordedEvent, Sequence, TenantId};

/// Who sends a command, for which tenant, under which id and because of what. A command cannot
/// be dispatched without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandContext {
    /// The idempotency key.
    pub command_id: CommandId,
    /// The tenant the command acts in.
    pub tenant: TenantId,
    /// Who asks.
    pub actor: Actor,
    /// The caller's role in the tenant, for rules that name roles. Only a door that knows the
    /// caller sets it; agents and processes have none.
    pub role: Option<&'static str>,
    /// Groups all that follows from one outside request.
    pub correlation_id: Uuid,
    /// The event that caused the command, for processes.
    pub causation_id: Option<EventId>,
    /// The outside request.
    pub request_id: Option<String>,
    /// W3C trace context.
    pub traceparent: Option<String>,
    /// The stream's sequence that the caller decided on, if it insists on one.
    pub expected_sequence: Option<Sequence>,
    /// The caller may touch only what is its own; anything else is "not found" to it.
    pub own_only: bool,
    /// What identifies the body when it is not the command itself, for doors that choose the
    /// stream on the server (a claim without a task id).
    pub fingerprint: Option<[u8; 32]>,
    /// Whether a refusal is kept under the command's id, so that a repeat gets it again. Off for a
    /// command that is tried on one stream after another until one accepts it.
    pub record_refusals: bool,
}

impl CommandContext {
    /// A command from outside, under the caller's id or a fresh one.
    #[must_use]
    pub fn new(tenant: TenantId, actor: Actor, command_id: Option<CommandId>) -> Self {
        let command_id = command_id.unwrap_or_else(CommandId::generate);
        Self {
            command_id,
            tenant,
            actor,
            role: None,
            correlation_id: command_id.as_uuid(),
            causation_id: None,
            request_id: None,
            traceparent: None,
            expected_sequence: None,
            own_only: false,
            fingerprint: None,
            record_refusals: true,
        }
    }

    /// The command of a process, caused by an event: its id is derived from that event and the
    /// step's name, so a repeated reaction is the same command.
    #[must_use]
    pub fn caused_by(event: &RecordedEvent, process: &str, step: &str) -> Self {
        let command_id =
            CommandId::new(event.event_id.as_uuid()).step(&format!("{process}/{step}"));
        Self {
            command_id,
            tenant: event.metadata.tenant,
            actor: Actor::policy(process),
            role: None,
            correlation_id: event.metadata.correlation_id,
            causation_id: Some(event.event_id),
            request_id: None,
            traceparent: event.metadata.traceparent.clone(),
            expected_sequence: None,
            own_only: false,
            fingerprint: None,
            record_refusals: true,
        }
    }

    /// A further step of the same command on another stream (same actor, derived id).
    #[must_use]
    pub fn step(&self, name: &str) -> Self {
        Self {
            command_id: self.command_id.step(name),
            expected_sequence: None,
            fingerprint: None,
            record_refusals: true,
            ..self.clone()
        }
    }

    /// The same step taken by Pantheon itself on behalf of whoever asked, for commands that no door
    /// lets in.
    #[must_use]
    pub fn own_step(&self, name: &str) -> Self {
        let asker = self.actor.on_behalf_of.as_ref().unwrap_or(&self.actor.id);
        Self {
            actor: Actor {
                on_behalf_of: Some(asker.clone()),
                ..Actor::policy(name)
            },
            role: None,
            own_only: false,
            ..self.step(name)
        }
    }

    /// What is stored beside the events of this command.
    #[must_use]
    pub fn metadata(&self) -> Metadata {
        Metadata {
            tenant: self.tenant,
            actor: self.actor.clone(),
            correlation_id: self.correlation_id,
            causation_id: self.causation_id,
            request_id: self.request_id.clone(),
            traceparent: self.traceparent.clone(),
        }
    }
}
