//! The subjects of the bus.

use pantheon_events::cloud::CloudEvent;
use pantheon_events::{CommandSpec, EventSpec};
use pantheon_nats::Tell;
use serde_json::{Value, json};

use super::document::{Action, Channel, Document};
use crate::http::commands::Verdict;
use crate::intake::{AGENT_COMMANDS, AgentCommand, ENVIRONMENT, StreamOf};
use crate::processes::claim::Asked;
use crate::schemas::{events, reference};
use crate::store::Commands;

const AGENT: (&str, &str) = (
    "agent_id",
    "Who speaks; nats-server lets nobody else publish here.",
);

pub(super) fn describe(document: &mut Document) {
    replies(document);
    log(document);
    services(document);
    agents(document);
    let head = document.message(
        "head_moved",
        "Look now: no payload is trusted",
        json!({ "type": "null" }),
    );
    document.channel(
        &Channel {
            id: "head",
            server: "bus",
            address: Some(pantheon_nats::subject::HEAD),
            description: "A hint from node to node that the log's head moved.",
            parameters: &[],
            messages: &[head],
        },
        &[Action::Send, Action::Receive],
    );
}

/// What commands are answered with.
fn replies(document: &mut Document) {
    document.schemas.of::<Verdict<'_>>();
    let verdict = json!({ "allOf": [
        reference("CommandVerdict"),
        { "type": "object", "required": ["status"], "properties": { "status": { "const": 200 } } },
    ] });
    let claim = json!({
        "type": "object",
        "required": ["verdict", "command_id", "task", "status"],
        "properties": {
            "verdict": { "type": "string" },
            "command_id": { "type": "string", "format": "uuid" },
            "task": { "type": ["object", "null"], "description": "What it got; null: nothing to do." },
            "status": { "const": 200 },
        },
    });
    document
        .schemas
        .put("Problem", crate::http::openapi::problem());
    let headers = json!({
        "type": "object",
        "properties": {
            "Nats-Service-Error-Code": { "type": "string", "description": "the status" },
            "Retry-After": { "type": "string", "description": "seconds until a repeat may help" },
        },
    });
    let messages = [
        document.message("verdict", "The command is recorded", verdict),
        document.message("claim", "What a claim got", claim),
        document.message_with(
            "problem",
            "The command was refused",
            reference("Problem"),
            headers,
        ),
    ];
    document.channel(
        &Channel {
            id: "replies",
            server: "bus",
            address: None,
            description: "The caller's own inbox: `_INBOX.<agent id>.…` for agents, \
                          `_INBOX_SERVICE.<service>.…` for services.",
            parameters: &[],
            messages: &messages,
        },
        &[],
    );
}

/// The log, event by event.
fn log(document: &mut Document) {
    let messages: Vec<_> = events().map(|spec| event(document, spec)).collect();
    document.channel(
        &Channel {
            id: "events",
            server: "bus",
            address: Some("pantheon.evt.{tenant}.{aggregate}.{event_type}.{aggregate_id}"),
            description: "The log, copied to the JetStream stream PANTHEON_EVENTS: stream sequence \
                          = position, message id = event id. Ids are written as safe tokens.",
            parameters: &[
                ("tenant", "Whose event it is."),
                ("aggregate", "The kind of stream."),
                ("event_type", "What happened."),
                ("aggregate_id", "The stream's id."),
            ],
            messages: &messages,
        },
        &[Action::Send],
    );
}

fn event(document: &mut Document, spec: &EventSpec) -> String {
    let envelope = document.schemas.of::<CloudEvent<'_>>();
    let data = document.schemas.add((spec.schema)());
    let kind = format!("pantheon.{}.{}", spec.aggregate, spec.event_type);
    let place = format!("/schemas/{}/{}", spec.event_type, spec.version);
    let payload = json!({ "allOf": [
        envelope,
        { "type": "object", "properties": {
            "type": { "const": kind },
            "dataschema": { "const": place },
            "data": data,
        } },
    ] });
    let name = event_name(spec);
    document.message(&name, &kind, payload)
}

/// The message of an event.
pub(super) fn event_name(spec: &EventSpec) -> String {
    format!("{}.{}", spec.event_type, spec.version)
}

/// The generic door.
fn services(document: &mut Document) {
    for spec in Commands::SPECS.iter().copied().flatten() {
        let data = document.schemas.add((spec.schema)());
        let name = format!("{}.{}", spec.aggregate, spec.name);
        let payload = envelope(&data, !spec.creates);
        let message = document.message_with(&name, &summary(spec), payload, headers(true));
        document.channel(
            &Channel {
                id: &format!("cmd.{name}"),
                server: "bus",
                address: Some(&format!("pantheon.cmd.{name}")),
                description: "For services: a NATS micro service, queue group over all nodes.",
                parameters: &[],
                messages: &[message],
            },
            &[Action::Answer],
        );
    }
}

fn summary(spec: &CommandSpec) -> String {
    let words = (spec.schema)().to_value();
    let text = words["description"].as_str().unwrap_or(spec.name);
    text.lines().next().unwrap_or_default().to_owned()
}

fn agents(document: &mut Document) {
    let claim = document.schemas.of::<Asked>();
    agent_command(
        document,
        "claim_task",
        &claim,
        "Takes a task, the next one unless one is named.",
    );
    for row in AGENT_COMMANDS {
        let spec = Commands::SPECS
            .iter()
            .copied()
            .flatten()
            .find(|spec| (spec.aggregate, spec.name) == (row.aggregate, row.command));
        let Some(spec) = spec else { continue };
        let data = document.schemas.add((spec.schema)());
        let data = with_stream(document, row, data);
        if row.name == "heartbeat" {
            heartbeat(document, &data, &summary(spec));
        } else {
            agent_command(document, row.name, &data, &summary(spec));
        }
    }
    let tell = document.schemas.of::<Tell>();
    let tell = document.message("tell", "What the agent is to do", tell);
    document.channel(
        &Channel {
            id: "tell",
            server: "bus",
            address: Some("pantheon.agent.{agent_id}.tell"),
            description: "Control of one agent. Core NATS: who is away is told anew when it is back.",
            parameters: &[AGENT],
            messages: &[tell],
        },
        &[Action::Send],
    );
}

/// The data of an agent's command: where the stream is named by a field, that stands beside the
/// command's own.
fn with_stream(document: &Document, row: &AgentCommand, data: Value) -> Value {
    let (field, needed) = match row.stream {
        StreamOf::Field(field) => (field, true),
        StreamOf::Environment => (ENVIRONMENT, false),
        StreamOf::Itself | StreamOf::Subject => return data,
    };
    let name = data["$ref"].as_str().and_then(|at| at.rsplit('/').next());
    let schema = name.and_then(|name| document.schemas.get(name));
    let mut schema = schema.cloned().unwrap_or_default();
    schema["properties"][field] = json!({ "type": "string", "description": "the stream's id" });
    if needed {
        let mut required = schema["required"].as_array().cloned().unwrap_or_default();
        required.push(field.into());
        schema["required"] = required.into();
    }
    schema
}

fn heartbeat(document: &mut Document, data: &Value, summary: &str) {
    let message =
        document.message_with("heartbeat", summary, envelope(data, false), headers(false));
    document.channel(
        &Channel {
            id: "heartbeat",
            server: "bus",
            address: Some("pantheon.agent.{agent_id}.heartbeat"),
            description: "With a reply subject it is answered after the commit, without one it is \
                          fire and forget.",
            parameters: &[AGENT],
            messages: &[message],
        },
        &[Action::Answer],
    );
}

fn agent_command(document: &mut Document, name: &str, data: &Value, summary: &str) {
    let message = document.message_with(
        &format!("agent.{name}"),
        summary,
        envelope(data, false),
        headers(false),
    );
    document.channel(
        &Channel {
            id: &format!("agent.{name}"),
            server: "bus",
            address: Some(&format!("pantheon.agent.{{agent_id}}.cmd.{name}")),
            description: "For the agent itself. A body that names another agent is refused.",
            parameters: &[AGENT],
            messages: &[message],
        },
        &[Action::Answer],
    );
}

/// `{"command_id"?, "id"?, "data"?, "expected_sequence"?}`.
fn envelope(data: &Value, named: bool) -> Value {
    let required: &[&str] = if named { &["id"] } else { &[] };
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": {
            "command_id": { "type": ["string", "null"], "format": "uuid", "description": "The idempotency key; else `Nats-Msg-Id`." },
            "id": { "type": ["string", "null"], "description": "The aggregate's id." },
            "data": data,
            "expected_sequence": { "type": ["string", "null"], "pattern": "^[0-9]{1,19}$" },
        },
    })
}

fn headers(service: bool) -> Value {
    let mut headers = json!({
        "type": "object",
        "properties": {
            "Nats-Msg-Id": { "type": "string", "description": "The command's id, when it is a UUID and the body has none." },
            "X-Request-Id": { "type": "string", "maxLength": 128 },
            "traceparent": { "type": "string" },
        },
    });
    if service {
        headers["properties"]["Authorization"] =
            json!({ "type": "string", "pattern": "^Bearer ." });
        headers["required"] = json!(["Authorization"]);
    }
    headers
}
