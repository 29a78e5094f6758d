//! The schemas that the document refers to and that no route brings: those of commands and events.

use std::sync::LazyLock;

use pantheon_events::agents::{AgentStatus, Category};
use pantheon_events::approvals::ApprovalStatus;
use pantheon_events::cloud::CloudEvent;
use pantheon_events::orders::OrderStatus;
use pantheon_events::plans::PlanStatus;
use pantheon_events::products::ProductStatus;
use pantheon_events::tasks::{Priority, TaskStatus};
use serde_json::{Value, json};

use crate::http::commands::Verdict;
use crate::schemas::{Components, reference, references};
use crate::store::Commands;

static KNOWN: LazyLock<Components> = LazyLock::new(|| {
    let mut known = Components::default();
    for spec in Commands::SPECS.iter().copied().flatten() {
        known.add((spec.schema)());
    }
    known.of::<CloudEvent<'_>>();
    known.of::<AgentStatus>();
    known.of::<Category>();
    known.of::<ApprovalStatus>();
    known.of::<OrderStatus>();
    known.of::<ProductStatus>();
    known.of::<PlanStatus>();
    known.of::<TaskStatus>();
    known.of::<Priority>();
    known.put("EventPage", event_page());
    known.of::<Verdict<'_>>();
    known.put("Problem", problem());
    known.put("Accepted", accepted());
    known
});

/// Adds every schema that the document names and does not have, and what those name.
pub(super) fn complete(document: &mut Value) {
    loop {
        let mut named = Vec::new();
        references(document, &mut named);
        let schemas = &mut document["components"]["schemas"];
        let mut added = false;
        for name in named {
            if let Some(schema) = KNOWN.get(&name).filter(|_| schemas[&name].is_null()) {
                schemas[&name] = schema.clone();
                added = true;
            }
        }
        if !added {
            return;
        }
    }
}

fn event_page() -> Value {
    json!({
        "type": "object",
        "required": ["items", "next_cursor", "position"],
        "properties": {
            "items": { "type": "array", "items": reference("CloudEvent") },
            "next_cursor": { "type": ["string", "null"] },
            "position": { "type": "string", "pattern": "^[0-9]{1,19}$" }
        }
    })
}

/// A command's answer when the read model is late.
fn accepted() -> Value {
    json!({
        "type": "object",
        "required": ["position", "command_id"],
        "properties": {
            "position": { "type": "string", "pattern": "^[0-9]{1,19}$" },
            "command_id": { "type": "string", "format": "uuid" }
        }
    })
}

/// The one error body.
#[must_use]
pub fn problem() -> Value {
    let text = json!({ "type": "string", "minLength": 1 });
    json!({
        "type": "object",
        "required": ["type", "title", "status", "detail", "code", "error", "message",
            "request_id", "errors"],
        "additionalProperties": false,
        "properties": {
            "type": { "type": "string", "pattern": "^/problems/[a-z0-9_]+$" },
            "title": text,
            "status": { "type": "integer", "minimum": 400, "maximum": 599 },
            "detail": text, "code": text, "error": text, "message": text, "request_id": text,
            "traceparent": text,
            "verdict": { "enum": ["rejected", "duplicate", "conflict", "mismatch"] },
            "position": { "type": "string", "pattern": "^[0-9]{1,19}$" },
            "errors": { "type": "array", "items": {
                "type": "object",
                "required": ["field", "message"],
                "additionalProperties": false,
                "properties": { "field": { "type": "string" }, "message": text }
            } }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_s_name_means_one_schema() {
        assert_eq!(KNOWN.clashes, Vec::<String>::new());
        let document = crate::http::routes().document();
        let written = document["components"]["schemas"].as_object();
        for (name, schema) in written.expect("there are schemas") {
            let known = KNOWN.get(name);
            assert!(
                known.is_none_or(|known| known == schema),
                "{name} is also a part of a command: give the other one a name by `schema(as = …)`"
            );
        }
    }
}
