//! Parameters that mean the same wherever they stand.

use serde_json::{Value, json};

/// What routes share, for `components/parameters`.
pub(super) fn shared() -> Value {
    let of = |name: &str, place: &str, text: &str, schema: Value| json!({"name": name, "in": place, "description": text, "required": false, "schema": schema});
    let uuid = json!({"type": "string", "format": "uuid"});
    json!({
        "Idempotency-Key": of("Idempotency-Key", "header",
            "The command's id. The same id is the same command: a repeat gets the first answer.",
            uuid.clone()),
        "If-Match": of("If-Match", "header",
            "The sequence of the resource that the caller decided on, in quotes.",
            json!({"anyOf": [{"const": "*"}, {"type": "string", "pattern": "^\"[0-9]{1,18}\"$"}]})),
        "If-None-Match": of("If-None-Match", "header", "The ETag of an earlier answer.",
            json!({"type": "string"})),
        "min_position": of("min_position", "query",
            "The read model must have reached this log position.",
            json!({"type": "string", "pattern": "^[0-9]{1,18}$"})),
        "wait": of("wait", "query", "How many seconds to wait for `min_position`; 2 unless given.",
            json!({"type": "number", "minimum": 0, "maximum": 10})),
        "organization_id": of("organization_id", "query",
            "The organisation to act in, if not the token's; empty = the token's.",
            json!({"anyOf": [uuid, {"type": "string", "maxLength": 0}]})),
    })
}

/// Says what values a parameter takes whose type in the code is a plain text, or a number of a page.
pub(super) fn shape(operation: &mut Value) {
    let parameters = operation
        .get_mut("parameters")
        .and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        if parameter["in"] != "query" {
            continue;
        }
        let most = match parameter["name"].as_str() {
            Some("limit") => Some(200),
            Some("days") => Some(90),
            _ => None,
        };
        // Only where the handler does not say its own.
        if let Some(most) = most.filter(|_| parameter["schema"].get("maximum").is_none()) {
            parameter["schema"]["minimum"] = 1.into();
            parameter["schema"]["maximum"] = most.into();
        }
        if parameter["schema"] != json!({ "type": "string" }) {
            continue;
        }
        if let Some(schema) = parameter["name"].as_str().and_then(text) {
            parameter["schema"] = schema;
        }
    }
}

/// The texts that a parameter of this name may be.
fn text(name: &str) -> Option<Value> {
    let number = json!({ "type": "string", "pattern": "^[0-9]{1,18}$" });
    match name {
        "after" => Some(number),
        "as_of" => Some(json!({ "anyOf": [number, { "type": "string", "format": "date-time" }] })),
        // Opaque: only a cursor that an answer gave is one.
        "cursor" => Some(json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]+$" })),
        _ => None,
    }
}
