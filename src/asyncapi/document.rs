//! The parts of an AsyncAPI document, put where its specification wants them.

use serde_json::{Map, Value, json};

use crate::schemas::Components;

/// A document that is being written.
#[derive(Default)]
pub(super) struct Document {
    pub schemas: Components,
    channels: Map<String, Value>,
    operations: Map<String, Value>,
    messages: Map<String, Value>,
}

/// Where messages travel.
pub(super) struct Channel<'a> {
    pub id: &'a str,
    /// `bus` or `http`.
    pub server: &'static str,
    /// `None`: the caller's own inbox.
    pub address: Option<&'a str>,
    pub description: &'a str,
    /// What stands in the braces of the address.
    pub parameters: &'a [(&'a str, &'a str)],
    /// Names of messages.
    pub messages: &'a [String],
}

/// What this side does on a channel.
#[derive(Clone, Copy)]
pub(super) enum Action {
    Send,
    Receive,
    /// Receives, and answers into the caller's inbox.
    Answer,
}

/// The channel of answers to commands on the bus.
const REPLIES: &str = "replies";

impl Document {
    /// Adds a message; gives its name back.
    pub(super) fn message(&mut self, name: &str, summary: &str, payload: Value) -> String {
        let message = json!({
            "name": name,
            "summary": summary,
            "contentType": "application/json",
            "payload": payload,
        });
        self.messages.insert(name.to_owned(), message);
        name.to_owned()
    }

    /// Changes a message's payload.
    pub(super) fn amend(&mut self, name: &str, change: impl FnOnce(&mut Value)) {
        change(&mut self.messages[name]["payload"]);
    }

    /// The same with headers.
    pub(super) fn message_with(
        &mut self,
        name: &str,
        summary: &str,
        payload: Value,
        headers: Value,
    ) -> String {
        let name = self.message(name, summary, payload);
        self.messages[&name]["headers"] = headers;
        name
    }

    /// Adds a channel and what is done on it.
    pub(super) fn channel(&mut self, channel: &Channel<'_>, actions: &[Action]) {
        let messages = channel.messages.iter();
        let messages = messages.map(|name| {
            let target = json!({ "$ref": format!("#/components/messages/{name}") });
            (name.clone(), target)
        });
        let mut written = json!({
            "address": channel.address,
            "description": channel.description,
            "servers": [{ "$ref": format!("#/servers/{}", channel.server) }],
            "messages": Map::from_iter(messages),
        });
        if !channel.parameters.is_empty() {
            let parameters = channel.parameters.iter();
            let parameters =
                parameters.map(|(name, text)| ((*name).to_owned(), json!({ "description": text })));
            written["parameters"] = Map::from_iter(parameters).into();
        }
        self.channels.insert(channel.id.to_owned(), written);
        for action in actions {
            self.operation(channel.id, *action, channel.messages);
        }
    }

    /// Adds what is done on a channel with some of its messages.
    pub(super) fn operation(&mut self, channel: &str, action: Action, messages: &[String]) {
        let refer =
            |name: &String| json!({ "$ref": format!("#/channels/{channel}/messages/{name}") });
        let word = match action {
            Action::Send => "send",
            Action::Receive | Action::Answer => "receive",
        };
        let mut operation = json!({
            "action": word,
            "channel": { "$ref": format!("#/channels/{channel}") },
            "messages": messages.iter().map(refer).collect::<Vec<_>>(),
        });
        if matches!(action, Action::Answer) {
            operation["reply"] = json!({
                "address": { "location": "$message.header#/reply" },
                "channel": { "$ref": format!("#/channels/{REPLIES}") },
            });
        }
        self.operations
            .insert(format!("{word}.{channel}"), operation);
    }

    /// The whole, and the names of schemas that would mean two things.
    pub(super) fn finish(self) -> (Value, Vec<String>) {
        let clashes = self.schemas.clashes.clone();
        let document = json!({
            "asyncapi": "3.0.0",
            "info": {
                "title": "Pantheon",
                "version": env!("CARGO_PKG_VERSION"),
                "description": "What Pantheon says and hears on NATS, on WebSockets and in \
                                server-sent events. The log in Postgres decides; all of this is \
                                told after the commit.",
            },
            "defaultContentType": "application/json",
            "servers": {
                "bus": {
                    "host": "127.0.0.1:4222",
                    "protocol": "nats",
                    "description": "nats-server 2.14 or newer with JetStream. Each agent and each \
                                    service has a key of its own.",
                },
                "http": {
                    "host": "127.0.0.1:8080",
                    "protocol": "ws",
                    "description": "The HTTP server: WebSockets and server-sent events.",
                },
            },
            "channels": self.channels,
            "operations": self.operations,
            "components": { "messages": self.messages, "schemas": self.schemas.into_json() },
        });
        (document, clashes)
    }
}
