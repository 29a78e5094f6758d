//! Dialect C: `{type, payload}` in camelCase, with sign-in, subscriptions and a heartbeat in band.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use pantheon_events::RecordedEvent;
use pantheon_log::Log;
use pantheon_projections::logs::entries;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::deps::{Boxed, LiveDeps};
use super::super::filter::FilterSpec;
use super::super::subscription::StepError;
use super::a::time;
use super::b::text;
use super::execution::EXECUTION;
use super::{Audience, Dialect, Fleet, Greeting};
use crate::clock::Clock;

/// Most executions that a socket listens to one by one.
const MOST: usize = 100;

/// One socket's translation.
pub struct DialectC {
    log: Log,
    fleet: Arc<dyn Fleet>,
    clock: Clock,
    audience: Audience,
    began: DateTime<Utc>,
    every: Duration,
    beat_at: Instant,
    /// Listened to one by one; all when there is none.
    wanted: BTreeSet<String>,
}

impl DialectC {
    /// A translation for somebody.
    #[must_use]
    pub fn new(deps: &LiveDeps, audience: Audience) -> Self {
        Self {
            log: deps.log.clone(),
            fleet: Arc::clone(&deps.fleet),
            clock: deps.clock.clone(),
            began: deps.began,
            every: deps.config.console_heartbeat,
            audience,
            beat_at: Instant::now(),
            wanted: BTreeSet::new(),
        }
    }

    fn is_wanted(&self, event: &RecordedEvent) -> bool {
        self.wanted.is_empty() || self.wanted.contains(&event.aggregate_id)
    }

    fn signed_in(&self) -> Value {
        let id = &self.audience.viewer().principal.id;
        frame("auth_success", json!({ "userId": id, "username": id }))
    }

    fn obey(&mut self, said: Heard) -> Option<Value> {
        let id = |payload: &Value| payload["executionId"].as_str().map(str::to_owned);
        match said.r#type.as_str() {
            "ping" => Some(frame("pong", json!({ "id": said.payload["id"] }))),
            // Who is signed in is signed in.
            "auth" => Some(self.signed_in()),
            "subscribe" => match id(&said.payload) {
                Some(_) if self.wanted.len() >= MOST => Some(error(
                    "too_many_subscriptions",
                    "A socket listens to at most 100 executions one by one. Leave one, or listen to all.",
                )),
                Some(id) => {
                    self.wanted.insert(id);
                    None
                }
                None => Some(error("malformed_request", "Name the executionId.")),
            },
            "unsubscribe" => {
                match id(&said.payload) {
                    Some(id) => drop(self.wanted.remove(&id)),
                    None => self.wanted.clear(),
                }
                None
            }
            _ => Some(error(
                "malformed_request",
                "This type is not known here. Send auth, ping, subscribe or unsubscribe.",
            )),
        }
    }
}

/// A frame of a client.
#[derive(Deserialize)]
struct Heard {
    r#type: String,
    #[serde(default)]
    payload: Value,
}

fn frame(kind: &str, payload: Value) -> Value {
    json!({ "type": kind, "payload": payload })
}

fn error(code: &str, message: &str) -> Value {
    frame("error", json!({ "code": code, "message": message }))
}

/// The frames that an event becomes.
fn said(event: &RecordedEvent) -> Vec<Value> {
    let payload: Value = serde_json::from_str(event.payload.get()).unwrap_or_default();
    let (id, at) = (&event.aggregate_id, time(event.recorded_at));
    let of = |name: &str| &payload[name];
    let mut frames = match event.event_type.as_str() {
        "agent_execution_started" => vec![frame(
            "agent.started",
            json!({ "executionId": id, "agentType": of("agent_type"), "startedAt": at,
                "repositoryId": of("repository_id"), "issueNumber": of("issue_number") }),
        )],
        "agent_execution_progressed" => vec![frame(
            "agent.progress",
            json!({ "executionId": id, "progress": of("progress"), "step": of("step"),
                "message": of("message").as_str().unwrap_or_default() }),
        )],
        "agent_execution_completed" => vec![frame(
            "agent.completed",
            json!({ "executionId": id, "status": "success", "result": of("result_summary"),
                "qualityScore": of("quality_score"), "prNumber": of("pr_number"), "completedAt": at }),
        )],
        "agent_execution_cancelled" => vec![frame(
            "agent.completed",
            json!({ "executionId": id, "status": "cancelled", "result": null, "qualityScore": null,
                "prNumber": null, "completedAt": at }),
        )],
        "agent_execution_failed" => {
            let error = of("error").as_str().unwrap_or_default();
            let late = ["timeout", "timed out"]
                .iter()
                .any(|word| error.contains(word));
            vec![frame(
                "agent.failed",
                json!({ "executionId": id, "errorCode": if late { "timeout" } else { "failed" },
                    "errorMessage": error, "stackTrace": null, "failedAt": at }),
            )]
        }
        "agent_execution_log_appended" => {
            let rows = entries(event).unwrap_or_default().into_iter();
            rows.map(|row| {
                frame(
                    "agent.log",
                    json!({ "executionId": id, "level": row.level, "message": row.message,
                        "timestamp": time(row.logged_at) }),
                )
            })
            .collect()
        }
        kind => run(kind, of("workflow_id"), id, &at).into_iter().collect(),
    };
    for frame in &mut frames {
        frame["position"] = event.position.to_string().into();
    }
    frames
}

/// A plan that is the run of a workflow.
fn run(event_type: &str, workflow: &Value, id: &str, at: &str) -> Option<Value> {
    let (kind, status) = match event_type {
        "plan_started" => ("workflow.started", "running"),
        "plan_completed" => ("workflow.completed", "completed"),
        "plan_failed" => ("workflow.completed", "failed"),
        "plan_cancelled" => ("workflow.completed", "cancelled"),
        _ => return None,
    };
    let workflow = workflow.as_str()?;
    let payload = json!({ "workflowId": workflow, "runId": id, "status": status, "at": at });
    Some(frame(kind, payload))
}

impl Dialect for DialectC {
    fn filter(&self) -> FilterSpec {
        FilterSpec {
            aggregates: Some(vec![EXECUTION.to_owned(), "plan".to_owned()]),
            ..FilterSpec::default()
        }
    }

    fn greet(&mut self) -> Boxed<'_, Result<Greeting, StepError>> {
        let greeting = Greeting {
            frames: vec![text(&self.signed_in())],
            position: self.log.head(),
        };
        Box::pin(std::future::ready(Ok(greeting)))
    }

    fn translate<'a>(&'a mut self, event: &'a RecordedEvent) -> Boxed<'a, Vec<Bytes>> {
        let told = match event.aggregate_type != EXECUTION || self.is_wanted(event) {
            true => said(event),
            false => Vec::new(),
        };
        Box::pin(std::future::ready(told.iter().map(text).collect()))
    }

    fn hear(&mut self, heard: &str) -> Vec<Bytes> {
        let answer = match serde_json::from_str::<Heard>(heard) {
            Ok(said) => self.obey(said),
            Err(_) => Some(error(
                "malformed_request",
                "Send {\"type\", \"payload\"} as JSON.",
            )),
        };
        answer.iter().map(text).collect()
    }

    fn behind(&mut self) -> Vec<Bytes> {
        let warning = json!({ "code": "catching_up",
            "message": "This socket fell behind. It gets everything it missed, as fast as it reads." });
        vec![text(&frame("warning", warning))]
    }

    fn tick(&mut self) -> Boxed<'_, Vec<Bytes>> {
        Box::pin(async {
            if self.beat_at.elapsed() < self.every {
                return Vec::new();
            }
            self.beat_at = Instant::now();
            let tenant = self.audience.viewer().principal.tenant;
            let Some(load) = self.fleet.load(tenant).await else {
                return Vec::new();
            };
            let now = self.clock.now();
            let status = json!({ "activeExecutions": load.active, "queuedExecutions": load.queued,
                "uptime": (now - self.began).num_seconds(), "memoryUsage": load.memory_usage });
            let beat = json!({ "timestamp": time(now), "serverStatus": status });
            vec![text(&frame("heartbeat", beat))]
        })
    }

    fn token(heard: &str) -> Option<String> {
        let heard: Heard = serde_json::from_str(heard).ok()?;
        let token = heard.payload["token"].as_str()?;
        (heard.r#type == "auth").then(|| token.to_owned())
    }

    fn refusal(code: &str, message: &str) -> Option<Bytes> {
        Some(text(&error(code, message)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::testing::with_payload;

    fn told(kind: &str, payload: Value) -> Vec<(String, Value)> {
        let id = "0198c7a0-0000-7000-8000-00000000000e";
        let event = with_payload(7, EXECUTION, id, kind, payload.to_string());
        let frames = said(&event).into_iter();
        frames
            .map(|mut frame| {
                assert_eq!(frame["position"], "7");
                let kind = frame["type"].as_str().expect("a type").to_owned();
                (kind, frame["payload"].take())
            })
            .collect()
    }

    #[test]
    fn every_event_has_its_frame_in_camel_case() {
        let about = json!({ "agent_type": "codegen", "issue_number": 4, "repository_id": "r",
            "progress": 50, "message": "half", "error": "it timed out", "quality_score": 90.0,
            "result_summary": { "a": 1 }, "workflow_id": "w",
            "entries": [{ "log_level": "WARN", "message": "hello" }, { "message": "again" }] });
        for (kind, frame, field, value) in [
            (
                "agent_execution_started",
                "agent.started",
                "issueNumber",
                json!(4),
            ),
            (
                "agent_execution_progressed",
                "agent.progress",
                "step",
                Value::Null,
            ),
            (
                "agent_execution_completed",
                "agent.completed",
                "result",
                json!({ "a": 1 }),
            ),
            (
                "agent_execution_completed",
                "agent.completed",
                "prNumber",
                Value::Null,
            ),
            (
                "agent_execution_cancelled",
                "agent.completed",
                "status",
                json!("cancelled"),
            ),
            (
                "agent_execution_failed",
                "agent.failed",
                "errorCode",
                json!("timeout"),
            ),
            (
                "agent_execution_log_appended",
                "agent.log",
                "level",
                json!("WARN"),
            ),
            ("plan_started", "workflow.started", "workflowId", json!("w")),
            (
                "plan_failed",
                "workflow.completed",
                "status",
                json!("failed"),
            ),
        ] {
            let frames = told(kind, about.clone());
            assert_eq!(frames[0].0, frame, "{kind}");
            assert_eq!(frames[0].1[field], value, "{kind}");
            assert!(
                frames[0].1.get(field).is_some(),
                "{kind}: {field} is always there"
            );
        }
        assert_eq!(told("agent_execution_log_appended", about).len(), 2);
        assert!(
            told("plan_started", json!({})).is_empty(),
            "a plan of its own is no run"
        );
    }

    #[test]
    fn only_a_frame_that_signs_in_carries_a_token() {
        let auth = r#"{"type":"auth","payload":{"token":"t"}}"#;
        assert_eq!(DialectC::token(auth).as_deref(), Some("t"));
        for other in [
            r#"{"type":"auth","token":"t"}"#,
            r#"{"type":"ping","payload":{"token":"t"}}"#,
            "x",
        ] {
            assert_eq!(DialectC::token(other), None, "{other}");
        }
    }
}
