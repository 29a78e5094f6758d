//! Asking a node: as its operator unless a token says otherwise.

use std::time::Duration;

use pantheon::auth::Role;
use pantheon::node::Node;
use pantheon_events::organizations::CreateOrganization;
use pantheon_events::{Actor, AgentId, CommandContext, Position, Sequence, TenantId};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;

use super::{ADMIN, World, answer};

const DAY: Duration = Duration::from_secs(86_400);

pub(super) fn operator(node: &Node, tenant: TenantId, role: Role) -> String {
    let auth = &node.app().auth;
    auth.issue_operator(ADMIN, tenant, role, DAY).token
}

impl World {
    /// A request as the operator. The path goes below `/api/v1`.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.request_as(&self.admin, method, path)
    }

    pub fn request_as(&self, token: &str, method: Method, path: &str) -> RequestBuilder {
        self.request_at(token, method, &format!("/api/v1{path}"))
    }

    /// A request to a whole path.
    pub fn request_at(&self, token: &str, method: Method, path: &str) -> RequestBuilder {
        let url = format!("http://{}{path}", self.node.address());
        self.client.request(method, url).bearer_auth(token)
    }

    /// A `GET` outside of `/api/v1`, as the operator.
    pub fn outside(&self, path: &str) -> RequestBuilder {
        let url = format!("http://{}{path}", self.node.address());
        self.client.get(url).bearer_auth(&self.admin)
    }

    /// A token of this role where the tenant is.
    pub fn token(&self, tenant: TenantId, role: Role) -> String {
        operator(&self.node, tenant, role)
    }

    /// A token of this role in the world's tenant.
    pub fn role(&self, role: Role) -> String {
        self.token(self.tenant, role)
    }

    /// Another person's token in the world's tenant.
    pub fn person(&self, id: &str, role: Role) -> String {
        let auth = &self.node.app().auth;
        auth.issue_operator(id, self.tenant, role, DAY).token
    }

    /// An admin's token of another tenant.
    pub fn stranger(&self) -> String {
        self.token(TenantId::of_slug("elsewhere"), Role::Admin)
    }

    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        answer(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        answer(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> (StatusCode, Value) {
        answer(self.request(Method::PUT, path).json(&body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> (StatusCode, Value) {
        answer(self.request(Method::PATCH, path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> (StatusCode, Value) {
        answer(self.request(Method::DELETE, path)).await
    }

    /// The parts of the node that say that they are not well.
    pub async fn failing(&self) -> Vec<String> {
        let url = format!("http://{}/readyz", self.node.address());
        let (_, body) = answer(self.client.get(url).bearer_auth(&self.admin)).await;
        let failing = body["failing"].as_array().expect("a list").iter();
        let names = failing.map(|name| name.as_str().expect("a name").to_owned());
        names.collect()
    }

    /// The last committed position.
    pub async fn head(&self) -> Position {
        let head = self.node.app().log.database_head().await;
        head.expect("a head")
    }

    /// What the operator reads once everything committed so far is in the read model.
    pub async fn current(&self, path: &str) -> Value {
        let joint = if path.contains('?') { '&' } else { '?' };
        let head = self.head().await;
        let path = format!("{path}{joint}min_position={head}&wait=10");
        let (status, body) = self.get(&path).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// The committed events of a stream: type and payload.
    pub async fn events(&self, aggregate: &str, id: &str) -> Vec<(String, Value)> {
        let log = &self.node.app().log;
        let events = log.stream(aggregate, id, Sequence::ZERO, 1000).await;
        let events = events.expect("the stream");
        let read = events.iter().map(|event| {
            let payload = serde_json::from_str(event.payload.get());
            (event.event_type.clone(), payload.expect("JSON"))
        });
        read.collect()
    }

    /// Enrols an agent of a type and gives its id.
    pub async fn agent(&self, id: &str, agent_type: &str) -> AgentId {
        self.enrol(id, agent_type).await.agent
    }

    /// The organisation of a slug, with every feature; strangers act in `elsewhere`.
    pub async fn organization(&self, slug: &str) {
        let tenant = TenantId::of_slug(slug);
        let by = CommandContext::new(tenant, Actor::system("test"), None);
        let command = CreateOrganization {
            name: slug.to_owned(),
            slug: slug.parse().expect("a slug"),
            description: None,
            github_org_login: None,
        };
        let organizations = &self.node.app().commands.organizations;
        let id = tenant.to_string();
        let made = organizations.dispatch(&id, command, by).await;
        made.expect("an organisation");
    }
}
