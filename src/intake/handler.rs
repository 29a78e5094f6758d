//! Handling a command from the bus.
//!
//! Who an agent is comes from the subject, which nats-server let nobody else publish to; what it
//! may do comes from the one permission table.

use pantheon_events::json::read_json;
use pantheon_events::{AgentId, CommandContext, CommandId, InvalidCommand, TenantId};
use pantheon_nats::{BusReply, BusRequest, CommandHandler, Door};
use pantheon_projections::deployments;
use serde_json::Value;

use super::agent_commands::{ENVIRONMENT, StreamOf, find};
use super::envelope::Envelope;
use super::{Keys, reply};
use crate::app::App;
use crate::audit::{Deed, Seen};
use crate::auth::{Grant, Member, Need, Principal, may};
use crate::http::Problem;
use crate::http::commands::verdict;
use crate::http::request::{is_traceparent, usable_id};
use crate::processes::claim;
use crate::processes::generic::execute;

const HEARTBEAT: &str = "heartbeat";

/// The handler of all doors on the bus.
pub struct Intake {
    app: App,
    keys: Keys,
}

impl Intake {
    /// A handler on this node.
    #[must_use]
    pub fn new(app: App) -> Self {
        let keys = Keys::new(app.clone());
        Self { app, keys }
    }

    async fn answer(&self, request: &BusRequest) -> Result<Value, Problem> {
        let envelope = Envelope::read(&request.body)?;
        let id = envelope.command_id.or(request.command_id);
        let answer = match &request.door {
            Door::Agent(agent) => self.agent_command(agent, request, envelope).await,
            Door::Service => self.service_command(request, envelope).await,
        };
        answer.map_err(|problem| problem.of_command(id))
    }

    async fn agent_command(
        &self,
        agent: &AgentId,
        request: &BusRequest,
        mut envelope: Envelope,
    ) -> Result<Value, Problem> {
        if !envelope.names_only(agent) {
            return Err(Problem::forbidden("An agent can speak only as itself."));
        }
        // The subject says which agent's key this is; whether the key still counts is asked each time.
        let member = self.keys.member(agent).await.map_err(|error| {
            tracing::warn!(%error, %agent, "it is not known here whether an agent may speak");
            Problem::unavailable("database_unavailable", "The database is not reachable.", 1)
        })?;
        let Some(Member { tenant, .. }) = member else {
            return Err(Problem::unauthenticated());
        };
        let principal = Principal::agent(agent.clone(), tenant);
        let by = context(&principal, request, &envelope);
        if request.command == "claim_task" {
            return claim::answer(&self.app, agent, by, &envelope.json()).await;
        }
        if request.command == HEARTBEAT {
            return self.heartbeat(agent, &principal, by, &envelope).await;
        }
        let Some(row) = find(&request.command) else {
            return Err(InvalidCommand::Unknown {
                name: request.command.clone(),
            }
            .into());
        };
        let id = match row.stream {
            StreamOf::Itself => agent.as_str().to_owned(),
            StreamOf::Field(field) => envelope.take(field)?,
            StreamOf::Environment => self.environment(tenant, &mut envelope).await?,
            StreamOf::Subject => envelope.subject()?.approval_id(tenant).to_string(),
        };
        self.execute(&principal, row.aggregate, row.command, &id, &envelope, by)
            .await
    }

    /// The environment that the data name, or that of the deployment that they name.
    async fn environment(
        &self,
        tenant: TenantId,
        envelope: &mut Envelope,
    ) -> Result<String, Problem> {
        if envelope.data.contains_key(ENVIRONMENT) {
            return Ok(envelope.take(ENVIRONMENT)?);
        }
        let id = envelope.data.get("deployment_id").and_then(Value::as_str);
        let id = id.ok_or_else(|| {
            Problem::malformed_field("data.deployment_id", "expected the deployment's id")
        })?;
        let id = id.parse().map_err(|_| Problem::not_found())?;
        let row = deployments::one(&self.app.reads, tenant, id).await?;
        let row = row.ok_or_else(Problem::not_found)?;
        Ok(row.environment_id.to_string())
    }

    /// Heartbeats go their own way: not every one becomes an event.
    async fn heartbeat(
        &self,
        agent: &AgentId,
        principal: &Principal,
        by: CommandContext,
        envelope: &Envelope,
    ) -> Result<Value, Problem> {
        let id = agent.as_str();
        may(
            Some(principal),
            Need::Command("agent", "record_heartbeat"),
            Some(id),
        )?;
        let heartbeat = read_json(&envelope.json())?;
        let receipt = self.app.heartbeats.record(id, heartbeat, by).await?;
        Ok(verdict("agent", &receipt))
    }

    async fn service_command(
        &self,
        request: &BusRequest,
        mut envelope: Envelope,
    ) -> Result<Value, Problem> {
        let bearer = request
            .authorization
            .as_deref()
            .and_then(|text| text.strip_prefix("Bearer "));
        let principal = match bearer {
            Some(token) => self.app.auth.verify(token).await?,
            None => return Err(Problem::unauthenticated()),
        };
        let aggregate = request.aggregate.as_deref().unwrap_or_default();
        let specs = self.app.commands.specs();
        let known = { specs }.find(|s| s.aggregate == aggregate && s.name == request.command);
        let Some(spec) = known else {
            let name = format!("{aggregate}/{}", request.command);
            return Err(InvalidCommand::Unknown { name }.into());
        };
        let by = context(&principal, request, &envelope);
        let id = match envelope.id.take() {
            Some(id) => id,
            None if spec.creates => by.command_id.created(spec.aggregate).to_string(),
            None => return Err(Problem::invalid("id", "name the aggregate's id")),
        };
        self.execute(&principal, spec.aggregate, spec.name, &id, &envelope, by)
            .await
    }

    async fn execute(
        &self,
        principal: &Principal,
        aggregate: &'static str,
        command: &'static str,
        id: &str,
        envelope: &Envelope,
        mut by: CommandContext,
    ) -> Result<Value, Problem> {
        let need = Need::Command(aggregate, command);
        let grant = may(Some(principal), need, Some(id)).inspect_err(|_| {
            self.note(principal, &format!("{aggregate}/{command}"));
        })?;
        by.own_only = grant == Grant::Own && principal.agent.is_none();
        let data = envelope.json();
        let receipt = execute(&self.app, (aggregate, command), id, &data, by).await?;
        Ok(verdict(aggregate, &receipt))
    }
}

impl Intake {
    /// Puts a refusal on the caller's trail.
    fn note(&self, who: &Principal, command: &str) {
        self.app.trail.note(Seen {
            who,
            method: "NATS",
            route: command,
            deed: Deed::Denied("forbidden"),
            address: None,
            user_agent: None,
        });
    }
}

impl CommandHandler for Intake {
    async fn handle(&self, request: BusRequest) -> BusReply {
        let started = self.app.clock.now();
        // As on HTTP: an id that cannot be kept is replaced, a broken trace context dropped.
        let given = request.request_id.filter(|id| usable_id(id));
        let request_id = given
            .clone()
            .unwrap_or_else(|| CommandId::generate().to_string());
        let request = BusRequest {
            request_id: given,
            traceparent: request.traceparent.filter(|text| is_traceparent(text)),
            ..request
        };
        let answer = match self.answer(&request).await {
            Ok(body) => reply::ok(body),
            Err(problem) => reply::problem(&problem, &request_id),
        };
        let took = (self.app.clock.now() - started).as_seconds_f64();
        metrics::histogram!("pantheon_bus_command_seconds").record(took);
        tracing::debug!(
            request_id,
            command = request.command,
            status = answer.status,
            "answered"
        );
        answer
    }
}

fn context(principal: &Principal, request: &BusRequest, envelope: &Envelope) -> CommandContext {
    let id = envelope.command_id.or(request.command_id);
    CommandContext {
        request_id: request.request_id.clone(),
        traceparent: request.traceparent.clone(),
        expected_sequence: envelope.expected_sequence,
        ..principal.asks(principal.tenant, id)
    }
}
