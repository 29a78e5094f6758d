//! The API's document: OpenAPI 3.1, generated from the routes, with what all of them share.

use serde_json::{Value, json};
use utoipa::openapi::{Info, OpenApi};

use crate::auth::{Need, table};

/// What the document says of the whole.
pub(super) fn head() -> OpenApi {
    let mut info = Info::new("Pantheon", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "The event-sourced control plane for fleets of AI agents and the business around them. \
         Every command takes an `Idempotency-Key` and answers with its position in the log; every \
         query says the position it reflects."
            .to_owned(),
    );
    let mut document = OpenApi::new(info, utoipa::openapi::Paths::new());
    document.components = Some(utoipa::openapi::Components::new());
    document
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Answers from the code alone, so it knows no position.
const CATALOGUE: &str = "/api/v1/commands";

/// Method and path of every documented route.
pub(super) fn operations(document: &OpenApi) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (path, item) in &document.paths.paths {
        let present = [
            item.get.is_some(),
            item.post.is_some(),
            item.put.is_some(),
            item.patch.is_some(),
            item.delete.is_some(),
        ];
        let methods = METHODS.iter().zip(present).filter(|(_, present)| *present);
        all.extend(methods.map(|(method, _)| (method.to_uppercase(), path.clone())));
    }
    all
}

/// The finished document: shared headers, the one error body, and what each route needs.
pub(super) fn finish(document: &OpenApi) -> Value {
    let mut value = serde_json::to_value(document).unwrap_or_default();
    value["openapi"] = "3.1.0".into();
    value["components"]["securitySchemes"]["token"] =
        json!({"type": "http", "scheme": "bearer", "bearerFormat": "JWT"});
    value["components"]["schemas"]["Problem"] = problem_schema();
    value["components"]["parameters"] = parameters();
    for (method, path) in operations(document) {
        let operation = &mut value["paths"][&path][method.to_lowercase()];
        let need = table::route(&method, &path);
        describe(operation, &method, &path, need);
    }
    value
}

fn describe(operation: &mut Value, method: &str, path: &str, need: Option<Need>) {
    let error = json!({
        "description": "Anything else: the one error body",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    });
    if operation["responses"].is_null() {
        operation["responses"] = json!({});
    }
    if operation["responses"]["default"].is_null() {
        operation["responses"]["default"] = error;
    }
    let Some(need) = need.filter(|need| !matches!(need, Need::Public | Need::Door)) else {
        return;
    };
    operation["security"] = json!([{"token": []}]);
    operation["x-pantheon-needs"] = words(need).into();
    let names: &[&str] = if method == "GET" && path == CATALOGUE {
        &["organization_id"]
    } else if method == "GET" {
        &["organization_id", "min_position", "wait", "If-None-Match"]
    } else {
        &["organization_id", "Idempotency-Key", "If-Match"]
    };
    let given = operation["parameters"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let missing = names
        .iter()
        .filter(|name| given.iter().all(|known| known["name"] != **name));
    let shared = missing.map(|name| json!({"$ref": format!("#/components/parameters/{name}")}));
    operation["parameters"] = given.iter().cloned().chain(shared).collect();
}

/// What a route or command needs, for people.
#[must_use]
pub fn words(need: Need) -> String {
    match need {
        Need::Public => "nothing".to_owned(),
        Need::Door => "its own credential".to_owned(),
        Need::SignedIn => "a token".to_owned(),
        Need::Permission(code) => code.to_owned(),
        Need::Agent => "an agent".to_owned(),
        Need::AgentSelf => "the agent itself".to_owned(),
        Need::System => "Pantheon itself".to_owned(),
        Need::Command(aggregate, command) => table::command(aggregate, command)
            .map(words)
            .unwrap_or_default(),
        Need::AnyOf(ways) => {
            let all: Vec<_> = ways.iter().map(|way| words(*way)).collect();
            all.join(" or ")
        }
    }
}

/// The permission code, where one is what it takes.
#[must_use]
pub fn permission(need: Need) -> Option<&'static str> {
    match need {
        Need::Permission(code) => Some(code),
        Need::Command(aggregate, command) => {
            table::command(aggregate, command).and_then(permission)
        }
        Need::AnyOf(ways) => ways.iter().find_map(|way| permission(*way)),
        _ => None,
    }
}

fn parameters() -> Value {
    let of = |name: &str, place: &str, text: &str, schema: Value| json!({"name": name, "in": place, "description": text, "required": false, "schema": schema});
    let uuid = json!({"type": "string", "format": "uuid"});
    json!({
        "Idempotency-Key": of("Idempotency-Key", "header",
            "The command's id. The same id is the same command: a repeat gets the first answer.",
            uuid.clone()),
        "If-Match": of("If-Match", "header",
            "The sequence of the resource that the caller decided on, in quotes.",
            json!({"type": "string", "pattern": "^(\\*|\"[0-9]{1,18}\")$"})),
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

fn problem_schema() -> Value {
    let text = json!({"type": "string"});
    json!({
        "type": "object",
        "required": ["type", "title", "status", "detail", "code", "error", "message",
            "request_id", "errors"],
        "properties": {
            "type": text, "title": text, "status": {"type": "integer"}, "detail": text,
            "code": text, "error": text, "message": text, "request_id": text, "position": text,
            "errors": {"type": "array", "items": {
                "type": "object", "required": ["field", "message"],
                "properties": {"field": text, "message": text}
            }}
        }
    })
}
