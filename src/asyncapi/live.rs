//! The sockets and the event stream.

use schemars::{JsonSchema, Schema, schema_for};
use serde_json::{Map, Value, json};

use super::bus::event_name;
use super::document::{Action, Channel, Document};
use crate::live::dialect::a_frames::Said;
use crate::live::frame::{ClientFrame, ServerFrame};
use crate::schemas::{events, reference};

pub(super) fn describe(document: &mut Document) {
    native(document);
    stream(document);
    console(document);
    logs(document);
    dialects(document);
}

/// `pantheon.live.v1`.
fn native(document: &mut Document) {
    let said = frames::<ClientFrame>(document, "live.client");
    let mut heard = frames::<ServerFrame<'_>>(document, "live");
    let events = json!({
        "type": "object",
        "required": ["type", "id", "items"],
        "additionalProperties": false,
        "properties": {
            "type": { "const": "events" },
            "id": { "type": "string" },
            "items": { "type": "array", "items": reference("CloudEvent"), "minItems": 1 },
        },
    });
    heard.push(document.message("live.events", "Events in position order", events));
    let both: Vec<_> = said.iter().chain(&heard).cloned().collect();
    document.channel(
        &Channel {
            id: "live",
            server: "http",
            address: Some("/api/v1/live"),
            description: "WebSocket, sub-protocol `pantheon.live.v1`: a client gives the last \
                          position it has and gets every later event that matches, in order, once.",
            parameters: &[],
            messages: &both,
        },
        &[],
    );
    document.operation("live", Action::Receive, &said);
    document.operation("live", Action::Send, &heard);
}

/// Server-sent events.
fn stream(document: &mut Document) {
    let checkpoint = json!({
        "type": "object", "required": ["position"],
        "properties": { "position": { "type": "string" } },
    });
    let lost = json!({
        "type": "object", "required": ["reason", "earliest"],
        "properties": { "reason": { "type": "string" }, "earliest": { "type": "string" } },
    });
    let mut messages: Vec<_> = events().map(event_name).collect();
    messages.push(document.message(
        "stream.checkpoint",
        "`event: checkpoint`: everything up to here has been looked at",
        checkpoint,
    ));
    messages.push(document.message(
        "stream.recovered_none",
        "`event: recovered_none`: the client's place is not in this log",
        lost,
    ));
    document.channel(
        &Channel {
            id: "stream",
            server: "http",
            address: Some("/api/v1/events/stream"),
            description: "Server-sent events: `id` is the position, so `Last-Event-ID` resumes; a \
                          comment every 15 s.",
            parameters: &[],
            messages: &messages,
        },
        &[Action::Send],
    );
}

/// Dialect A.
fn console(document: &mut Document) {
    let mut said: Vec<_> = frames::<Said>(document, "console");
    for name in &said {
        framed(document, name);
    }
    let snapshot = json!({
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": { "const": "state:snapshot" },
            "timestamp": { "type": "string" },
            "data": { "type": "object", "description": "The composite state; its parts stand beside `data` too." },
        },
    });
    said.push(document.message("console.snapshot", "What there is, first", snapshot));
    let init = json!({
        "type": "object",
        "required": ["type", "token"],
        "properties": { "type": { "enum": ["auth", "init"] }, "token": { "type": "string" } },
    });
    let heard = [document.message(
        "console.init",
        "Who the client is, unless a header or a ticket said so",
        init,
    )];
    let both: Vec<_> = said.iter().chain(&heard).cloned().collect();
    document.channel(
        &Channel {
            id: "console",
            server: "http",
            address: Some("/ws"),
            description: "WebSocket of the console client (dialect A): the snapshot, then what \
                          happens.",
            parameters: &[],
            messages: &both,
        },
        &[],
    );
    document.operation("console", Action::Receive, &heard);
    document.operation("console", Action::Send, &said);
}

/// Entries of logs as server-sent events.
fn logs(document: &mut Document) {
    let entry = json!({
        "type": "object",
        "required": ["id", "timestamp", "message", "session_id", "level", "source"],
    });
    let entry = document.message(
        "logs.entry",
        "`event: log`: an entry, with `<position>:<n>` as its id",
        entry,
    );
    document.channel(
        &Channel {
            id: "logs",
            server: "http",
            address: Some("/api/v1/logs/stream"),
            description: "Server-sent events: the entries of logs that are wanted, as they are written.",
            parameters: &[],
            messages: &[entry],
        },
        &[Action::Send],
    );
}

/// Dialects B, C and D: frames that are told apart by their `type`.
fn dialects(document: &mut Document) {
    let flat = json!({ "type": "object", "properties": { "type": { "type": "string" } } });
    let flat = document.message(
        "console_b.frame",
        "A flat frame `{type, …, timestamp, position}`",
        flat,
    );
    document.channel(
        &Channel {
            id: "console_b",
            server: "http",
            address: Some("/api/v1/ws"),
            description: "WebSocket (dialect B): the fleet, executions only (`events=true`), or one \
                          execution to its end (`execution_id`).",
            parameters: &[],
            messages: &[flat],
        },
        &[Action::Send],
    );
    let enveloped = json!({
        "type": "object",
        "required": ["type", "payload"],
        "properties": { "type": { "type": "string" }, "payload": { "type": "object" } },
    });
    let enveloped = document.message(
        "console_c.frame",
        "A frame `{type, payload}` in camelCase",
        enveloped,
    );
    document.channel(
        &Channel {
            id: "console_c",
            server: "http",
            address: Some("/ws?dialect=c"),
            description: "WebSocket (dialect C): `auth`, `ping`, `subscribe` and `unsubscribe` in, what \
                          executions and workflows do out, a heartbeat every 30 s.",
            parameters: &[],
            messages: &[enveloped],
        },
        &[Action::Send, Action::Receive],
    );
    let gate = json!({
        "type": "object",
        "required": ["type"],
        "properties": { "type": { "enum": ["approval_update", "approval_completed", "error"] } },
    });
    let gate = document.message("gate.frame", "How far a gate is, and how it ended", gate);
    document.channel(
        &Channel {
            id: "gate",
            server: "http",
            address: Some("/api/approvals/{id}/stream"),
            description: "WebSocket (dialect D): one workflow gate to its end.",
            parameters: &[("id", "The gate's approval.")],
            messages: &[gate],
        },
        &[Action::Send],
    );
}

/// What every frame of dialect A has beside its type and data.
fn framed(document: &mut Document, name: &str) {
    document.amend(name, |payload| {
        payload["properties"]["timestamp"] = json!({ "type": "string", "format": "date-time" });
        payload["properties"]["position"] = json!({ "type": "string", "pattern": "^[0-9]{1,19}$" });
        if let Some(required) = payload["required"].as_array_mut() {
            required.extend(["timestamp".into(), "position".into()]);
        }
    });
}

/// One message for every frame of a type that is told apart by `type`.
fn frames<T: JsonSchema>(document: &mut Document, prefix: &str) -> Vec<String> {
    let mut schema = schema_for!(T).to_value();
    let parts = schema["oneOf"].take();
    let defined = schema["$defs"].take();
    let parts = parts.as_array().cloned().unwrap_or_default();
    parts
        .into_iter()
        .map(|part| frame(document, prefix, part, &defined))
        .collect()
}

fn frame(document: &mut Document, prefix: &str, mut part: Value, defined: &Value) -> String {
    let kind = part["properties"]["type"]["const"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let name = format!("{prefix}.{}", kind.replace(':', "."));
    let summary = part["description"].as_str().unwrap_or(&kind).to_owned();
    if let Some(members) = part.as_object_mut() {
        members.insert("$defs".to_owned(), defined.clone());
    }
    let part: Map<String, Value> = part.as_object().cloned().unwrap_or_default();
    let payload = document.schemas.add(Schema::from(part));
    document.message(&name, &summary, payload)
}
