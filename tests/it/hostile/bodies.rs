//! S05, S06: the bodies of every route of the OpenAPI document.

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use pantheon::auth::{Need, table};
use reqwest::{Body, RequestBuilder};
use serde_json::Value;

use super::example::Book;
use super::judge::{Operation, Refusal, Unchanged, document, judged, operations, with_body};
use super::spoil::{Spoilt, spoilt};
use crate::world::World;

/// Nothing has this id.
pub const NOBODY: &str = "0198c7a0-0000-7000-8000-00000000dead";
const AGENT: &str = "hostile-1";
/// The generic door's bodies are each command's own.
pub const DOOR: &str = "/api/v1/commands/{aggregate}/{command}";
/// Requests under way at a time.
pub const AT_ONCE: usize = 8;

/// A node, and an agent that may speak.
pub struct Target {
    pub world: World,
    pub agent: String,
}

impl Target {
    pub async fn new() -> Self {
        let world = World::with(&[("PANTHEON_LIMITS_ANONYMOUS_PER_MINUTE", "0")]).await;
        let id = world.agent(AGENT, "codegen").await;
        let ttl = std::time::Duration::from_secs(3600);
        let auth = &world.node.app().auth;
        let agent = auth.issue_agent(id, world.tenant, ttl).token;
        Self { world, agent }
    }

    /// A request that gets as far as the handler: as whoever may, on what nobody has.
    pub fn request(&self, operation: &Operation<'_>) -> RequestBuilder {
        let need = table::route(operation.method.as_str(), operation.path);
        let own = need.map(Sender::of) == Some(Sender::Agents);
        let (token, id) = if own {
            (&self.agent, AGENT)
        } else {
            (&self.world.admin, NOBODY)
        };
        let path = operation.filled(id);
        self.world
            .request_at(token, operation.method.clone(), &path)
    }
}

/// Who may do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sender {
    /// Pantheon itself alone.
    Nobody,
    Agents,
    People,
}

impl Sender {
    pub fn of(need: Need) -> Self {
        match need {
            Need::System => Self::Nobody,
            Need::Agent | Need::AgentSelf => Self::Agents,
            Need::Command(aggregate, name) => {
                table::command(aggregate, name).map_or(Self::Nobody, Self::of)
            }
            Need::AnyOf(ways) => ways
                .iter()
                .map(|way| Self::of(*way))
                .max()
                .unwrap_or(Self::Nobody),
            _ => Self::People,
        }
    }
}

async fn refused(target: &Target, operation: &Operation<'_>, what: &str, body: Vec<u8>) -> Refusal {
    let request = with_body(target.request(operation), body);
    let answer = request.send().await.expect("an answer");
    let what = format!("{} {} {what}", operation.method, operation.path);
    judged(&what, Some(operation), answer).await
}

async fn try_one(target: &Target, operation: &Operation<'_>, spoilt: Spoilt) {
    let what = format!("{} {} {}", operation.method, operation.path, spoilt.what);
    let wanted = spoilt.wanted();
    let refusal = refused(target, operation, &spoilt.what, spoilt.bytes).await;
    if spoilt.readable {
        return;
    }
    let got = (refusal.status, refusal.code.as_str());
    // Under /auth the limit on bodies comes first.
    let auth = ["/api/v1/auth/", "/oauth/"].iter();
    if auth.into_iter().any(|at| operation.path.starts_with(at)) && got == (413, "body_too_large") {
        return;
    }
    assert_eq!(got, wanted, "{what}");
    assert!(!refusal.fields.is_empty(), "{what}");
    if let Some(field) = spoilt.field {
        assert_eq!(refusal.fields[0], field, "{what}");
    }
}

fn schema(operation: &Operation<'_>) -> Option<Value> {
    let schema = &operation.spec["requestBody"]["content"]["application/json"]["schema"];
    (!schema.is_null()).then(|| schema.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn s05_every_spoilt_body_of_every_route_is_refused_and_changes_nothing() {
    let target = Target::new().await;
    let document = document();
    for operation in operations(&document) {
        let schema = schema(&operation).filter(|_| operation.path != DOOR);
        let Some(schema) = schema else {
            continue;
        };
        let log = Unchanged::since_now(&target.world).await;
        let mut all = spoilt(Book(&document), &schema);
        if operation.spec["requestBody"]["required"] != false {
            all.push(Spoilt {
                what: "nothing".to_owned(),
                bytes: Vec::new(),
                field: None,
                readable: false,
                lacks: false,
            });
        }
        let (target, operation) = (&target, &operation);
        let tries = all.into_iter().map(|one| try_one(target, operation, one));
        stream::iter(tries)
            .buffer_unordered(AT_ONCE)
            .collect::<Vec<()>>()
            .await;
        log.still(operation.path).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s06_every_body_that_is_too_large_compressed_or_no_json_is_refused_by_every_route() {
    let target = Target::new().await;
    let document = document();
    let log = Unchanged::since_now(&target.world).await;
    for operation in operations(&document) {
        let Some(schema) = schema(&operation) else {
            continue;
        };
        let good = Book(&document).example(&schema).to_string();
        for (name, value) in [
            ("content-type", "text/plain"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("content-type", "multipart/form-data; boundary=x"),
            ("content-type", "application/jsonx"),
            ("content-type", "application/json, text/plain"),
            ("content-encoding", "gzip"),
            ("content-encoding", "br"),
            ("content-encoding", "zstd"),
        ] {
            if operation.spec["requestBody"]["content"][value].is_object() {
                continue;
            }
            let request = target.request(&operation).header(name, value);
            let request = match name {
                "content-type" => request.body(good.clone()),
                _ => with_body(request, good.clone().into_bytes()),
            };
            let what = format!("{} {} {name}: {value}", operation.method, operation.path);
            let answer = request.send().await.expect("an answer");
            let refusal = judged(&what, Some(&operation), answer).await;
            let got = (refusal.status, refusal.code.as_str());
            assert_eq!(got, (415, "unsupported_media_type"), "{what}");
        }
        let large = format!("{good}{}", " ".repeat(1024 * 1024));
        let chunks = Bytes::from(large.clone());
        let chunks = stream::iter([Ok::<_, std::io::Error>(chunks)]);
        for body in [Body::from(large), Body::wrap_stream(chunks)] {
            let request = target
                .request(&operation)
                .header("content-type", "application/json");
            let what = format!("{} {} a large body", operation.method, operation.path);
            let answer = request.body(body).send().await.expect("an answer");
            let refusal = judged(&what, Some(&operation), answer).await;
            assert_eq!(
                (refusal.status, refusal.code.as_str()),
                (413, "body_too_large"),
                "{what}"
            );
        }
    }
    log.still("a large body or another kind of one").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_may_be_left_out_is_one_whose_absence_is_not_refused() {
    let target = Target::new().await;
    let document = document();
    for operation in operations(&document) {
        let body = &operation.spec["requestBody"];
        if body.is_null() {
            continue;
        }
        let answer = target.request(&operation).send().await.expect("an answer");
        let status = answer.status();
        let refused = matches!(status.as_u16(), 400 | 415);
        let optional = body["required"] == false;
        assert_ne!(
            refused, optional,
            "{} {}: {status}",
            operation.method, operation.path
        );
    }
}
