//! Short words for approvals.

use pantheon_events::approvals::ConsumeApproval;
use pantheon_events::{Actor, CommandContext, CommandId};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{World, answer};

impl World {
    pub async fn post_as(&self, token: &str, path: &str, body: Value) -> (StatusCode, Value) {
        answer(self.request_as(token, Method::POST, path).json(&body)).await
    }

    pub async fn get_as(&self, token: &str, path: &str) -> (StatusCode, Value) {
        answer(self.request_as(token, Method::GET, path)).await
    }

    /// Puts a policy with these stages in force.
    pub async fn policy(&self, resource_type: &str, stages: Value) {
        let path = format!("/approval-policies/{resource_type}");
        let (status, policy) = self
            .put(&path, json!({ "rules": [{ "stages": stages }] }))
            .await;
        assert_eq!(status, 200, "{policy}");
    }

    /// Asks for an approval and gives its id.
    pub async fn asked(&self, token: &str, resource_type: &str) -> String {
        let body = json!({ "resource_type": resource_type, "resource_id": Uuid::now_v7() });
        let (status, approval) = self.post_as(token, "/approvals", body).await;
        assert_eq!(status, 201, "{approval}");
        approval["id"].as_str().expect("an id").to_owned()
    }

    /// Says yes, and is heard.
    pub async fn approve(&self, token: &str, id: &str) -> Value {
        let path = format!("/approvals/{id}/approve");
        let (status, approval) = self.post_as(token, &path, json!({})).await;
        assert_eq!(status, 200, "{approval}");
        approval
    }

    /// Says no, and is heard.
    pub async fn reject(&self, token: &str, id: &str, why: &str) -> Value {
        let path = format!("/approvals/{id}/reject");
        let body = json!({ "comments": why });
        let (status, approval) = self.post_as(token, &path, body).await;
        assert_eq!(status, 200, "{approval}");
        approval
    }

    /// Uses an approval up, as a process of a guarded action does; a refusal gives its code.
    pub async fn consume(
        &self,
        id: &str,
        digest: Option<&str>,
        by_command: CommandId,
    ) -> Result<(), String> {
        let command = ConsumeApproval {
            subject_digest: digest.map(str::to_owned),
            by_command,
        };
        let by = CommandContext::new(self.tenant, Actor::policy("test"), None);
        let approvals = &self.node.app().commands.approvals;
        let consumed = approvals.dispatch(id, command, by).await;
        match consumed {
            Ok(_) => Ok(()),
            Err(pantheon::store::DispatchError::Refused { refusal, .. }) => Err(refusal.code),
            Err(error) => panic!("{error}"),
        }
    }

    /// The types of a stream's events.
    pub async fn event_types(&self, aggregate: &str, id: &str) -> Vec<String> {
        let events = self.events(aggregate, id).await;
        events.into_iter().map(|(kind, _)| kind).collect()
    }
}

/// A stage that so many of these roles have to allow.
pub fn stage(name: &str, roles: &[&str], required: u32) -> Value {
    json!({ "name": name, "approvers": { "roles": roles }, "required": required })
}

/// The status and the code of a refusal.
pub fn refusal((status, body): (StatusCode, Value)) -> (u16, String) {
    (status.as_u16(), crate::world::code(&body))
}

/// What a refusal should be.
pub fn no(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}
