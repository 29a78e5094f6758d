//! What every answer to hostile input has to be, and what has to be as it was.

use pantheon_events::{ActorKind, Position, TenantId};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;

use crate::world::World;

/// The document of the HTTP doors.
pub fn document() -> Value {
    pantheon::http::routes().document()
}

/// An operation of the document.
pub struct Operation<'a> {
    pub method: Method,
    /// The whole path, with its braces.
    pub path: &'a str,
    pub spec: &'a Value,
}

/// Every operation.
pub fn operations(document: &Value) -> Vec<Operation<'_>> {
    let paths = document["paths"].as_object().expect("paths");
    let all = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("methods");
        methods.iter().map(move |(method, spec)| Operation {
            method: method.to_uppercase().parse().expect("a method"),
            path,
            spec,
        })
    });
    all.collect()
}

impl Operation<'_> {
    /// The path with something for every parameter, below an organisation that is there.
    pub fn filled(&self, with: &str) -> String {
        let home = TenantId::default_organization().to_string();
        let path = self.path.replace("{org_id}", &home);
        fill(&path, with)
    }

    /// The path with something for every parameter.
    pub fn filled_all(&self, with: &str) -> String {
        fill(self.path, with)
    }

    /// Whether the document names this status.
    fn names(&self, status: u16) -> bool {
        !self.spec["responses"][status.to_string()].is_null()
    }
}

fn fill(path: &str, with: &str) -> String {
    let parts = path.split('/').map(|part| match part.starts_with('{') {
        true => with,
        false => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// A refusal, read and judged.
#[derive(Debug)]
pub struct Refusal {
    pub status: u16,
    pub code: String,
    /// The fields at fault.
    pub fields: Vec<String>,
}

/// The refusal in an answer, which has to be the one body in full.
pub async fn judged(what: &str, operation: Option<&Operation<'_>>, answer: Response) -> Refusal {
    let status = answer.status().as_u16();
    let headers = answer.headers().clone();
    // What is no refusal may have no end.
    assert!(status >= 400, "{what}: {status}");
    let bytes = answer.bytes().await.expect("a body");
    let text = String::from_utf8_lossy(&bytes);
    assert!(status < 500, "{what}: {status} {text}");
    if let Some(operation) = operation {
        assert!(
            operation.names(status),
            "{what}: {status} is not in the document"
        );
    }
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    assert_eq!(
        header("content-type"),
        Some("application/json"),
        "{what}: {text}"
    );
    assert_eq!(header("access-control-allow-origin"), Some("*"), "{what}");
    assert_eq!(header("x-content-type-options"), Some("nosniff"), "{what}");
    let body: Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(
        header("x-request-id"),
        body["request_id"].as_str(),
        "{what}"
    );
    refusal(what, status, &body)
}

/// The refusal in a body.
pub fn refusal(what: &str, status: u16, body: &Value) -> Refusal {
    let text = |name: &str| body[name].as_str().filter(|text| !text.is_empty());
    for name in [
        "type",
        "title",
        "detail",
        "code",
        "error",
        "message",
        "request_id",
    ] {
        assert!(text(name).is_some(), "{what}: {name} in {body}");
    }
    assert_eq!(body["status"], status, "{what}");
    assert_eq!(body["error"], body["code"], "{what}");
    assert_eq!(body["message"], body["detail"], "{what}");
    let code = text("code").unwrap_or_default().to_owned();
    assert_eq!(body["type"], format!("/problems/{code}"), "{what}");
    assert!(
        body.to_string().len() < 20_000,
        "{what}: the answer says too much back"
    );
    for word in [
        "sqlx",
        "PgDatabaseError",
        "panicked",
        "select ",
        "stack backtrace",
    ] {
        assert!(!body.to_string().contains(word), "{what}: {body}");
    }
    let errors = body["errors"].as_array().expect("a list of errors");
    let fields = errors.iter().map(|error| {
        assert!(error["message"].is_string(), "{what}: {body}");
        error["field"].as_str().expect("a field").to_owned()
    });
    Refusal {
        status,
        code,
        fields: fields.collect(),
    }
}

/// The log, before and after.
pub struct Unchanged<'a> {
    world: &'a World,
    since: Position,
}

impl<'a> Unchanged<'a> {
    pub async fn since_now(world: &'a World) -> Self {
        let since = world.head().await;
        Self { world, since }
    }

    /// Nothing that people or agents could have done has been added to the log.
    pub async fn still(&self, what: &str) {
        let log = &self.world.node.app().log;
        let head = self.world.head().await;
        let mut reached = log.watch_head();
        let reached = reached.wait_for(|now| *now >= head).await;
        reached.expect("the log is followed");
        let new = log
            .read(self.since, 1000)
            .await
            .expect("the log is read")
            .events;
        let theirs = new.iter().filter(|event| {
            matches!(
                event.metadata.actor.kind,
                ActorKind::Human | ActorKind::Agent
            )
        });
        let types: Vec<_> = theirs.map(|event| &event.event_type).collect();
        assert!(types.is_empty(), "{what} changed something: {types:?}");
    }
}

/// Sends bytes as a JSON body.
pub fn with_body(request: RequestBuilder, bytes: Vec<u8>) -> RequestBuilder {
    request
        .header("content-type", "application/json")
        .body(bytes)
}
