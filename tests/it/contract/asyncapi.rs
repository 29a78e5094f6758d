//! The AsyncAPI document, held against the structure that version 3.0 of the specification gives.

use std::collections::BTreeSet;

use pantheon::store::Commands;
use serde_json::Value;

/// The value that a JSON pointer of the document leads to.
fn at<'a>(document: &'a Value, target: &str) -> Option<&'a Value> {
    document.pointer(target.strip_prefix('#')?)
}

/// Follows references to the end.
pub fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(target) => resolve(document, at(document, target).expect("it leads somewhere")),
        None => value,
    }
}

/// References that lead nowhere.
pub fn dangling(document: &Value) -> Vec<String> {
    fn walk(document: &Value, value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    match member {
                        Value::String(target) if name == "$ref" => {
                            if at(document, target).is_none() {
                                found.push(target.clone());
                            }
                        }
                        other => walk(document, other, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| walk(document, item, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(document, document, &mut found);
    found
}

fn members<'a>(value: &'a Value, what: &str) -> Vec<(&'a str, &'a Value)> {
    let members = value
        .as_object()
        .unwrap_or_else(|| panic!("{what} is no object"));
    members
        .iter()
        .map(|(name, value)| (name.as_str(), value))
        .collect()
}

/// What an object may have, and what it must have.
fn shaped(value: &Value, what: &str, must: &[&str], may: &[&str]) {
    let names: BTreeSet<_> = members(value, what)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    for name in must {
        assert!(names.contains(name), "{what} has no {name}");
    }
    for name in names {
        let known = must.contains(&name) || may.contains(&name) || name.starts_with("x-");
        assert!(
            known,
            "{what} has {name}, which AsyncAPI 3.0 does not know there"
        );
    }
}

/// A key as the specification wants them in maps.
fn is_key(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}

/// The names in the braces of an address.
fn braces(address: &str) -> BTreeSet<&str> {
    let parts = address.split('{').skip(1);
    parts
        .filter_map(|part| part.split_once('}'))
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn the_asyncapi_document_has_the_structure_of_version_3() {
    let document = pantheon::asyncapi::document();
    assert_eq!(document["asyncapi"], "3.0.0");
    shaped(
        document,
        "the document",
        &["asyncapi", "info"],
        &[
            "id",
            "servers",
            "defaultContentType",
            "channels",
            "operations",
            "components",
        ],
    );
    shaped(
        &document["info"],
        "info",
        &["title", "version"],
        &[
            "description",
            "termsOfService",
            "contact",
            "license",
            "tags",
            "externalDocs",
        ],
    );
    for (name, server) in members(&document["servers"], "servers") {
        assert!(is_key(name), "{name}");
        let may = [
            "pathname",
            "description",
            "protocolVersion",
            "title",
            "summary",
            "variables",
        ];
        shaped(server, name, &["host", "protocol"], &may);
    }
    assert_eq!(dangling(document), Vec::<String>::new());
}

#[test]
fn every_channel_names_its_parameters_servers_and_messages() {
    let document = pantheon::asyncapi::document();
    let may = [
        "title",
        "summary",
        "description",
        "servers",
        "parameters",
        "tags",
        "bindings",
    ];
    let mut addresses = BTreeSet::new();
    for (name, channel) in members(&document["channels"], "channels") {
        assert!(is_key(name), "{name}");
        shaped(channel, name, &["address", "messages"], &may);
        let address = channel["address"].as_str();
        assert!(
            address.is_none_or(|address| addresses.insert(address)),
            "{name}"
        );
        let parameters = channel.get("parameters").map(|p| members(p, name));
        let named: BTreeSet<_> = parameters
            .into_iter()
            .flatten()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(named, address.map(braces).unwrap_or_default(), "{name}");
        for server in channel["servers"].as_array().expect("servers") {
            let target = server["$ref"].as_str().expect("a reference");
            assert!(target.starts_with("#/servers/"), "{name}: {target}");
        }
        for (message, target) in members(&channel["messages"], name) {
            assert!(is_key(message), "{name}: {message}");
            let place = format!("#/components/messages/{message}");
            assert_eq!(target["$ref"], place.as_str(), "{name}");
        }
    }
}

#[test]
fn every_operation_is_of_a_channel_and_of_messages_of_that_channel() {
    let document = pantheon::asyncapi::document();
    let may = [
        "title",
        "summary",
        "description",
        "messages",
        "reply",
        "tags",
        "bindings",
    ];
    let mut of = BTreeSet::new();
    for (name, operation) in members(&document["operations"], "operations") {
        assert!(is_key(name), "{name}");
        shaped(operation, name, &["action", "channel"], &may);
        assert!(["send", "receive"].contains(&operation["action"].as_str().expect("a word")));
        let channel = operation["channel"]["$ref"].as_str().expect("a reference");
        of.insert(channel);
        for message in operation["messages"].as_array().expect("messages") {
            let target = message["$ref"].as_str().expect("a reference");
            assert!(
                target.starts_with(&format!("{channel}/messages/")),
                "{name}: {target}"
            );
        }
        if let Some(reply) = operation.get("reply") {
            shaped(reply, name, &[], &["address", "channel", "messages"]);
            let location = reply["address"]["location"].as_str().expect("a place");
            assert!(location.starts_with("$message."), "{name}: {location}");
        }
    }
    for (name, channel) in members(&document["channels"], "channels") {
        let used =
            of.contains(format!("#/channels/{name}").as_str()) || channel["address"].is_null();
        assert!(used, "nothing is done on {name}");
    }
}

#[test]
fn every_message_has_a_payload_and_is_used() {
    let document = pantheon::asyncapi::document();
    let channels = members(&document["channels"], "channels");
    let used: BTreeSet<_> = channels
        .iter()
        .flat_map(|(name, channel)| members(&channel["messages"], name))
        .map(|(name, _)| name)
        .collect();
    let may = [
        "headers",
        "correlationId",
        "contentType",
        "title",
        "summary",
        "description",
        "tags",
    ];
    for (name, message) in members(&document["components"]["messages"], "messages") {
        assert!(is_key(name) && used.contains(name), "{name}");
        shaped(message, name, &["name", "payload"], &may);
        let payload = &message["payload"];
        let typed = ["$ref", "type", "allOf", "oneOf"]
            .iter()
            .any(|key| !payload[key].is_null());
        assert!(typed, "{name}: {payload}");
    }
}

#[test]
fn the_asyncapi_document_has_every_event_and_every_command() {
    let document = pantheon::asyncapi::document();
    let messages = &document["components"]["messages"];
    for spec in pantheon::schemas::events() {
        let message = &messages[format!("{}.{}", spec.event_type, spec.version)];
        assert!(message.is_object(), "{spec:?}");
    }
    for spec in Commands::SPECS.iter().copied().flatten() {
        let channel = &document["channels"][format!("cmd.{}.{}", spec.aggregate, spec.name)];
        let address = format!("pantheon.cmd.{}.{}", spec.aggregate, spec.name);
        assert_eq!(channel["address"], address.as_str(), "{spec:?}");
    }
    for row in pantheon::intake::AGENT_COMMANDS {
        let id = match row.name {
            "heartbeat" => "heartbeat".to_owned(),
            name => format!("agent.{name}"),
        };
        assert!(document["channels"][&id].is_object(), "{row:?}");
    }
}
