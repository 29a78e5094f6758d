//! The API's document: OpenAPI 3.1, generated from the routes, with what all of them share.

mod answers;
mod parameters;
mod schemas;

use schemars::JsonSchema;
pub use schemas::problem;
use serde_json::{Map, Value, json};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{Info, Object, OneOfBuilder, OpenApi, Ref, Schema};

use crate::auth::{Need, table};

/// For `#[schema(schema_with)]`: the schema that a type of the published language brings with it.
#[must_use]
pub fn named<T: JsonSchema>() -> Ref {
    Ref::from_schema_name(T::schema_name())
}

/// The same for a field that may be `null`.
#[must_use]
pub fn maybe<T: JsonSchema>() -> Schema {
    let null = Object::with_type(Type::Null);
    Schema::OneOf(OneOfBuilder::new().item(named::<T>()).item(null).build())
}

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

/// Queries that are answered from the code alone, or that go on from a position by themselves.
const WITHOUT_POSITION: [&str; 7] = [
    "/api/v1/commands",
    "/api/v1/database/schema",
    "/api/v1/database/status",
    "/api/v1/database/status/detailed",
    "/api/v1/infrastructure/database",
    "/api/v1/events/stream",
    "/api/v1/logs/stream",
];

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

/// Routes that append no event of their own: they read no headers of a command.
const NO_COMMANDS: [&str; 6] = [
    "/api/v1/auth/switch-organization",
    "/api/v1/bus/",
    // Each run is a command of its own.
    "/api/v1/database/query",
    "/api/v1/live/",
    "/api/v1/projections/",
    "/api/v1/tasks/plan",
];

/// Routes whose body may be left out; it is read as `{}` then.
const OPTIONAL_BODY: [&str; 18] = [
    "/api/v1/projections/{name}/replay",
    "/api/v1/auth/logout",
    "/api/v1/agents/executions/{id}/cancel",
    "/api/v1/agents/{id}/heartbeat",
    "/api/v1/approvals/{id}/approve",
    "/api/v1/approvals/{id}/cancel",
    "/api/v1/deployments/{id}/cancel",
    "/api/v1/deployments/{id}/rollback",
    "/api/v1/orders/{id}/cancel",
    "/api/v1/plans/{id}/cancel",
    "/api/v1/projections/{name}/rebuild",
    "/api/v1/repositories/{id}/sync",
    "/api/v1/tasks/{id}/cancel",
    "/api/v1/tasks/{id}/complete",
    "/api/v1/tasks/{id}/fail",
    "/api/v1/tasks/{id}/retry",
    "/api/v1/tasks/{id}/start",
    "/api/v1/users/{id}/reset-password",
];

/// The finished document: shared headers, the one error body, and what each route needs.
pub(super) fn finish(document: &OpenApi) -> Value {
    let mut value = serde_json::to_value(document).unwrap_or_default();
    value["openapi"] = "3.1.0".into();
    value["components"]["securitySchemes"]["token"] =
        json!({"type": "http", "scheme": "bearer", "bearerFormat": "JWT"});
    value["components"]["parameters"] = parameters::shared();
    value["components"]["responses"] = answers::refusals();
    for (method, path) in operations(document) {
        let operation = &mut value["paths"][&path][method.to_lowercase()];
        let need = table::route(&method, &path);
        describe(operation, &method, &path, need);
    }
    schemas::complete(&mut value);
    value
}

/// `POST /api/v1/tasks/{id}/start` is `post_tasks_id_start`.
fn operation_id(method: &str, path: &str) -> String {
    let below = path.strip_prefix("/api/v1");
    // The one name that is there with and without the prefix.
    let path = below.filter(|below| *below != "/ws").unwrap_or(path);
    let words = path
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let words: Vec<_> = std::iter::once(method).chain(words).collect();
    words.join("_").to_ascii_lowercase()
}

fn describe(operation: &mut Value, method: &str, path: &str, need: Option<Need>) {
    // A handler's name is unique in its folder only.
    operation["operationId"] = operation_id(method, path).into();
    if !operation["requestBody"].is_null() {
        operation["requestBody"]["required"] = (!OPTIONAL_BODY.contains(&path)).into();
    }
    parameters::shape(operation);
    let route = answers::Route {
        method,
        path,
        need: need.unwrap_or(Need::Public),
        body: !operation["requestBody"].is_null(),
    };
    let mut given = operation["responses"].as_object().cloned();
    route.complete(given.get_or_insert_with(Map::new));
    operation["responses"] = given.into();
    let Some(need) = need.filter(|need| !matches!(need, Need::Public | Need::Door)) else {
        return;
    };
    operation["security"] = json!([{"token": []}]);
    operation["x-pantheon-needs"] = words(need).into();
    let names: &[&str] = if method == "GET" && WITHOUT_POSITION.contains(&path) {
        &["organization_id"]
    } else if method == "GET" {
        &["organization_id", "min_position", "wait", "If-None-Match"]
    } else if NO_COMMANDS.iter().any(|start| path.starts_with(start)) {
        &["organization_id"]
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
