//! The state of one agent, and how events change it.

use chrono::{DateTime, Utc};
use pantheon_events::agents::{
    AgentCommand, AgentConfig, AgentControlTimedOut, AgentEnrolled, AgentEvent,
    AgentHeartbeatRecorded, AgentRegistered, AgentStatus, AgentStatusChanged, ControlRequest,
    DesiredState, Health,
};
use pantheon_events::{ActorKind, AgentId, TaskId};
use serde::{Deserialize, Serialize};

use super::{AgentError, Standing, decide};
use crate::aggregate;
use crate::domain::Asked;

/// One agent: registered from the catalogue, enrolled with a key of its own, or both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agent {
    /// It belongs to the catalogue.
    pub registered: bool,
    /// The public half of its key while it may speak.
    pub public_key: Option<String>,
    /// Its type: a catalogue id.
    pub agent_type: String,
    /// Its name.
    pub name: String,
    /// How it is to work.
    pub config: AgentConfig,
    /// What its status follows from.
    pub standing: Standing,
    /// The status as last recorded.
    pub status: AgentStatus,
    /// The health as last recorded.
    pub health: Health,
    /// What was asked of it and not yet confirmed.
    pub request: Option<Request>,
    /// The run of its process.
    pub session_id: Option<String>,
    /// Its last recorded heartbeat.
    pub last_heartbeat: Option<DateTime<Utc>>,
    /// What it was at then.
    pub current_task: Option<TaskId>,
}

/// Something that was asked of an agent and is not confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// What.
    pub request: ControlRequest,
    /// When.
    pub requested_at: DateTime<Utc>,
    /// The run of its process at that time.
    pub session_id: Option<String>,
    /// Nobody waits for it any more.
    pub expired: bool,
}

impl Default for Agent {
    fn default() -> Self {
        Self {
            registered: false,
            public_key: None,
            agent_type: String::new(),
            name: String::new(),
            config: AgentConfig::default(),
            standing: Standing::default(),
            status: AgentStatus::Offline,
            health: Health::Unknown,
            request: None,
            session_id: None,
            last_heartbeat: None,
            current_task: None,
        }
    }
}

aggregate!(Agent: AgentCommand => AgentEvent, AgentError);

impl Agent {
    fn valid_id(id: &str) -> bool {
        id.parse::<AgentId>().is_ok()
    }

    /// Whether there is such an agent.
    #[must_use]
    pub fn exists(&self) -> bool {
        !self.agent_type.is_empty()
    }

    pub(super) fn decide(
        &self,
        asked: &Asked<AgentCommand>,
    ) -> Result<Vec<AgentEvent>, AgentError> {
        use AgentCommand as C;
        use ControlRequest as R;
        if asked.by.own_only && asked.by.actor.id != *asked.id {
            return Err(AgentError::NotFound);
        }
        match &asked.command {
            C::RecordHeartbeat(command) => decide::heartbeat(self, &asked.with(command)),
            C::RegisterAgent(_) => decide::register(self, asked),
            C::EnrollAgent(command) => decide::enroll(self, &asked.with(command)),
            C::RevokeAgent(_) => decide::revoke(self, asked),
            C::ConfigureAgent(command) => decide::configure(self, command),
            C::StartAgent(_) => decide::control(self, R::Start, asked.at),
            C::StopAgent(_) => decide::control(self, R::Stop, asked.at),
            C::PauseAgent(_) => decide::control(self, R::Pause, asked.at),
            C::ResumeAgent(_) => decide::control(self, R::Resume, asked.at),
            C::RestartAgent(_) => decide::control(self, R::Restart, asked.at),
            C::ConfirmControl(command) => decide::confirm(self, &asked.with(command)),
            C::ExpireControl(command) => decide::expire(self, &asked.with(command)),
            C::MarkUnresponsive(command) => decide::unresponsive(self, &asked.with(command)),
            C::MarkDegraded(command) => decide::degraded(self, &asked.with(command)),
            C::ReportError(command) => decide::report_error(self, &asked.with(command)),
            C::AppendLog(command) => decide::append_log(self, &asked.with(command)),
        }
    }

    /// Whether the agent itself asks, and may speak.
    pub(super) fn speaks<C>(&self, asked: &Asked<C>) -> Result<(), AgentError> {
        let actor = &asked.by.actor;
        if actor.kind != ActorKind::Agent || actor.id != *asked.id {
            Err(AgentError::NotItself)
        } else if self.standing.revoked {
            Err(AgentError::Revoked)
        } else if self.public_key.is_none() {
            Err(AgentError::NotEnrolled)
        } else {
            Ok(())
        }
    }

    /// The request that somebody waits for.
    #[must_use]
    pub fn outstanding(&self) -> Option<&Request> {
        self.request.as_ref().filter(|request| !request.expired)
    }

    fn evolve(&mut self, event: AgentEvent) {
        use AgentEvent as E;
        use ControlRequest as R;
        match event {
            E::AgentHeartbeatRecorded(event) => self.heard(event),
            E::AgentStatusChanged(event) => self.changed(&event),
            E::AgentHealthChanged(event) => self.health = event.to,
            E::AgentRegistered(event) => self.was_registered(event),
            E::AgentEnrolled(event) => self.was_enrolled(event),
            E::AgentRevoked(_) => self.was_revoked(),
            E::AgentConfigured(event) => self.config = event.config,
            E::AgentStartRequested(event) => self.was_asked(R::Start, event.requested_at),
            E::AgentStopRequested(event) => self.was_asked(R::Stop, event.requested_at),
            E::AgentPauseRequested(event) => self.was_asked(R::Pause, event.requested_at),
            E::AgentResumeRequested(event) => self.was_asked(R::Resume, event.requested_at),
            E::AgentRestartRequested(event) => self.was_asked(R::Restart, event.requested_at),
            E::AgentControlConfirmed(_) => self.did_as_asked(),
            E::AgentControlTimedOut(event) => self.nobody_waits(&event),
            E::AgentErrorReported(_) => self.standing.troubled = true,
            E::AgentLogAppended(_) => {}
        }
    }

    fn heard(&mut self, event: AgentHeartbeatRecorded) {
        self.standing = self.standing.heard(event.state);
        self.last_heartbeat = Some(event.at);
        self.current_task = event.current_task.map(|task| task.task_id);
        if event.session_id.is_some() {
            self.session_id = event.session_id;
        }
    }

    fn changed(&mut self, event: &AgentStatusChanged) {
        self.status = event.new_status;
        if event.new_status == AgentStatus::Offline {
            self.standing.up = false;
        }
    }

    fn was_registered(&mut self, event: AgentRegistered) {
        self.registered = true;
        self.agent_type = event.agent_type;
        self.name = event.name;
    }

    fn was_enrolled(&mut self, event: AgentEnrolled) {
        self.public_key = Some(event.public_key);
        self.agent_type = event.agent_type;
        self.name = event.name;
        // A new key is a new life: what the old one said counts no more.
        self.standing.revoked = false;
        self.standing.troubled = false;
        self.session_id = None;
        self.last_heartbeat = None;
    }

    fn was_revoked(&mut self) {
        self.public_key = None;
        self.standing.revoked = true;
        self.standing.up = false;
    }

    fn was_asked(&mut self, request: ControlRequest, requested_at: DateTime<Utc>) {
        self.standing.desired = request.wants();
        self.standing.confirmed = false;
        self.request = Some(Request {
            request,
            requested_at,
            session_id: self.session_id.clone(),
            expired: false,
        });
    }

    fn did_as_asked(&mut self) {
        self.standing.confirmed = true;
        self.request = None;
    }

    fn nobody_waits(&mut self, event: &AgentControlTimedOut) {
        if let Some(request) = &mut self.request
            && request.requested_at == event.requested_at
        {
            request.expired = true;
        }
    }

    /// The state it is wanted in.
    #[must_use]
    pub fn desired(&self) -> DesiredState {
        self.standing.desired
    }
}
