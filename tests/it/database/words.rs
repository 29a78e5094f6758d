//! Words for asking the database.

use pantheon_events::TenantId;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::world::{Reply, World, reply};

/// What only another tenant's rows have.
pub const CANARY: &str = "canary-of-elsewhere";

impl World {
    pub fn question(&self, token: &str, sql: &str) -> RequestBuilder {
        let request = self.request_as(token, Method::POST, "/database/query");
        request.json(&json!({ "query": sql }))
    }

    /// The operator's answer.
    pub async fn query(&self, sql: &str) -> Reply {
        reply(self.question(&self.admin, sql)).await
    }

    /// The rows of a good question.
    pub async fn rows(&self, sql: &str) -> Value {
        let Reply { status, body, .. } = self.query(sql).await;
        assert_eq!(status, 200, "{sql}: {body}");
        body
    }

    /// Waits until what is committed by now can be asked for.
    pub async fn settled(&self) {
        self.current("/tasks?limit=1").await;
    }

    /// Another organisation, which does not reach the database.
    pub async fn elsewhere(&self) {
        self.organization("elsewhere").await;
        let path = format!("/organizations/{}/features", TenantId::of_slug("elsewhere"));
        let (status, answer) = self.put(&path, json!({ "sql_console": false })).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// A task of this name, of whose tenant the token speaks.
    pub async fn task_named(&self, token: &str, name: &str) {
        let request = self.request_as(token, Method::POST, "/tasks");
        let made = reply(request.json(&json!({ "name": name }))).await;
        assert_eq!(made.status, 201, "{}", made.body);
    }
}
