//! Dialect A: `{type, timestamp, data}`, what the console client speaks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use pantheon_events::RecordedEvent;
use serde_json::{Map, Value, json};

use super::super::deps::Boxed;
use super::super::filter::FilterSpec;
use super::super::subscription::StepError;
use super::fleet::FleetCounts;
use super::{Audience, Dialect, Fleet, Greeting};
use crate::clock::Clock;

/// `system:metrics_updated` travels at most this often.
const METRICS_EVERY: Duration = Duration::from_secs(1);
/// The stages of a deployment; each is a quarter of the way.
const STAGES: [&str; 4] = ["build", "test", "deploy", "verify"];

/// The events that become frames.
const TYPES: &[&str] = &[
    "agent_status_changed",
    "agent_error_reported",
    "task_started",
    "task_completed",
    "task_failed",
    "deployment_started",
    "deployment_stage_started",
    "deployment_stage_progressed",
    "deployment_stage_completed",
    "deployment_completed",
    "deployment_failed",
    "deployment_cancelled",
    "system_metrics_sampled",
    "system_alert_raised",
];

/// One socket's translation.
pub struct DialectA {
    fleet: Arc<dyn Fleet>,
    audience: Audience,
    clock: Clock,
    metrics_at: Option<Instant>,
    metrics_held: Option<Bytes>,
}

impl DialectA {
    /// A translation for somebody.
    #[must_use]
    pub fn new(fleet: Arc<dyn Fleet>, clock: Clock, audience: Audience) -> Self {
        Self {
            fleet,
            audience,
            clock,
            metrics_at: None,
            metrics_held: None,
        }
    }

    /// The figures, unless the last ones were sent within a second: then they wait.
    async fn metrics(&mut self, event: &RecordedEvent) -> Option<Bytes> {
        let tenant = self.audience.viewer().principal.tenant;
        let counts = self.fleet.counts(tenant).await?;
        let frame = encode("system:metrics_updated", event, figures(event, counts)?);
        if self
            .metrics_at
            .is_some_and(|at| at.elapsed() < METRICS_EVERY)
        {
            self.metrics_held = Some(frame);
            return None;
        }
        self.metrics_at = Some(Instant::now());
        self.metrics_held = None;
        Some(frame)
    }
}

impl Dialect for DialectA {
    fn filter(&self) -> FilterSpec {
        let types = TYPES.iter().map(|&name| name.to_owned()).collect();
        FilterSpec {
            types: Some(types),
            ..FilterSpec::default()
        }
    }

    fn greet(&mut self) -> Boxed<'_, Result<Greeting, StepError>> {
        Box::pin(async {
            let tenant = self.audience.viewer().principal.tenant;
            let state = self
                .fleet
                .state(tenant)
                .await
                .map_err(|_| StepError::Unavailable)?;
            let agents = state.agent_state(self.audience.is_anonymous());
            let frame = snapshot(agents, state.position.get(), self.clock.now());
            Ok(Greeting {
                frames: vec![frame],
                position: state.position,
            })
        })
    }

    fn translate<'a>(&'a mut self, event: &'a RecordedEvent) -> Boxed<'a, Vec<Bytes>> {
        Box::pin(async move {
            if event.event_type == "system_metrics_sampled" {
                return self.metrics(event).await.into_iter().collect();
            }
            let frame = frame(event, self.audience.is_anonymous());
            frame
                .map(|(kind, data)| encode(kind, event, data))
                .into_iter()
                .collect()
        })
    }

    fn tick(&mut self) -> Vec<Bytes> {
        if self
            .metrics_at
            .is_some_and(|at| at.elapsed() < METRICS_EVERY)
        {
            return Vec::new();
        }
        let held = self.metrics_held.take();
        if held.is_some() {
            self.metrics_at = Some(Instant::now());
        }
        held.into_iter().collect()
    }
}

/// The machine's figures from the sample, the fleet's from the read models.
fn figures(event: &RecordedEvent, counts: FleetCounts) -> Option<Value> {
    let sample: Value = serde_json::from_str(event.payload.get()).ok()?;
    Some(json!({
        "cpu_usage": sample["cpu_usage"],
        "memory_usage": sample["memory_usage"],
        "disk_usage": sample["disk_usage"],
        "active_agents": counts.active_agents,
        "total_tasks": counts.total_tasks,
        "completed_tasks": counts.completed_tasks,
        "uptime_seconds": sample["uptime_seconds"],
    }))
}

fn encode(kind: &str, event: &RecordedEvent, data: Value) -> Bytes {
    let frame = json!({
        "type": kind,
        "timestamp": time(event.recorded_at),
        "data": data,
        "position": event.position,
    });
    Bytes::from(frame.to_string())
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The composite state as far as it exists: the other parts are there, and empty.
fn snapshot(agent_state: Value, version: i64, now: DateTime<Utc>) -> Bytes {
    let now = time(now);
    let state = json!({
        "agent_state": agent_state,
        "business_state": {
            "products": [], "orders": [], "ai_jobs": [], "payments": [], "approvals": [],
            "totals": {},
        },
        "user_state": { "logged_in_users": [], "active_sessions": [] },
        "aws_state": { "accounts": [], "resources": [], "service_agents": [] },
        "last_updated": now,
        "version": version,
    });
    let mut frame = json!({ "type": "state:snapshot", "timestamp": now, "data": state });
    if let (Value::Object(frame), Value::Object(parts)) = (&mut frame, state) {
        frame.extend(parts);
    }
    Bytes::from(frame.to_string())
}

/// The frame of an event. An anonymous audience gets fixed words for names, messages and errors.
fn frame(event: &RecordedEvent, anonymous: bool) -> Option<(&'static str, Value)> {
    let payload: Value = serde_json::from_str(event.payload.get()).ok()?;
    let of = Source {
        event,
        payload,
        anonymous,
    };
    Some(match event.event_type.as_str() {
        "agent_status_changed" => ("agent:status_changed", of.agent_status()),
        "agent_error_reported" => ("agent:error", of.agent_error()),
        "task_started" => ("agent:task_started", of.task_started()?),
        "task_completed" => ("agent:task_completed", of.task_completed()?),
        "task_failed" => ("agent:error", of.task_failed()?),
        "deployment_started" => ("deployment:started", of.deployment()),
        "deployment_stage_started" => ("deployment:progress", of.progress(0.0)),
        "deployment_stage_progressed" => {
            let share = of.payload["progress"].as_f64().unwrap_or_default();
            ("deployment:progress", of.progress(share.clamp(0.0, 100.0)))
        }
        "deployment_stage_completed" => ("deployment:progress", of.progress(100.0)),
        "deployment_completed" => ("deployment:completed", of.deployment_completed()),
        "deployment_failed" => ("deployment:failed", of.deployment_failed("failed")),
        "deployment_cancelled" => ("deployment:failed", of.deployment_failed("cancelled")),
        "system_alert_raised" => ("system:alert", of.alert()),
        _ => return None,
    })
}

/// An event on its way to a frame.
struct Source<'a> {
    event: &'a RecordedEvent,
    payload: Value,
    anonymous: bool,
}

impl Source<'_> {
    fn field(&self, name: &str) -> Value {
        self.payload[name].clone()
    }

    /// A text that is not for everybody.
    fn text(&self, name: &str, word: &str) -> Value {
        match (self.anonymous, &self.payload[name]) {
            (false, Value::String(text)) => text.as_str().into(),
            _ => word.into(),
        }
    }

    /// A member that may be absent, and is not for everybody.
    fn extra(&self, name: &str) -> Option<Value> {
        let value = self.payload.get(name).filter(|value| !value.is_null());
        value.filter(|_| !self.anonymous).cloned()
    }

    fn holder(&self) -> Option<Value> {
        Some(self.payload["assigned_to"].as_str()?.into())
    }

    fn agent_status(&self) -> Value {
        json!({
            "agentId": self.event.aggregate_id,
            "oldStatus": self.field("old_status"),
            "newStatus": self.field("new_status"),
            "agentName": self.text("agent_name", "Agent"),
            "reason": self.field("reason"),
        })
    }

    fn agent_error(&self) -> Value {
        let mut data = object(json!({
            "agentId": self.event.aggregate_id,
            "error": self.text("error", "error"),
        }));
        if let Some(task) = self.payload.get("task_id").filter(|task| !task.is_null()) {
            data.insert("taskId".to_owned(), task.clone());
        }
        data.into()
    }

    fn task_started(&self) -> Option<Value> {
        Some(json!({
            "agentId": self.holder()?,
            "taskId": self.event.aggregate_id,
            "taskName": self.text("name", "Task"),
            "priority": self.field("priority"),
        }))
    }

    fn task_completed(&self) -> Option<Value> {
        let mut data = object(json!({
            "agentId": self.holder()?,
            "taskId": self.event.aggregate_id,
            "taskName": self.text("name", "Task"),
            "durationSeconds": self.field("duration_seconds"),
        }));
        if let Some(result) = self.extra("result") {
            data.insert("result".to_owned(), result);
        }
        Some(data.into())
    }

    fn task_failed(&self) -> Option<Value> {
        Some(json!({
            "agentId": self.holder()?,
            "error": self.text("error", "error"),
            "taskId": self.event.aggregate_id,
            "willRetry": self.field("will_retry"),
        }))
    }

    fn deployment(&self) -> Value {
        json!({
            "deploymentId": self.field("deployment_id"),
            "environment": self.field("environment"),
            "version": self.text("version", "version"),
        })
    }

    fn deployment_completed(&self) -> Value {
        let mut data = object(self.deployment());
        data.insert("durationSeconds".to_owned(), self.field("duration_seconds"));
        data.into()
    }

    fn deployment_failed(&self, word: &str) -> Value {
        let mut data = object(json!({
            "deploymentId": self.field("deployment_id"),
            "environment": self.field("environment"),
            "error": self.text("error", word),
        }));
        if let Some(stage) = self.payload.get("stage").filter(|stage| !stage.is_null()) {
            data.insert("stage".to_owned(), stage.clone());
        }
        data.into()
    }

    /// 25 per completed stage and the running stage's share.
    fn progress(&self, share: f64) -> Value {
        let stage = self.payload["stage"].as_str().unwrap_or_default();
        let done = STAGES
            .iter()
            .position(|name| *name == stage)
            .unwrap_or_default();
        let mut data = object(json!({
            "deploymentId": self.field("deployment_id"),
            "stage": stage,
            "progress": 25.0 * done as f64 + share / 4.0,
        }));
        if let Some(message) = self.extra("message") {
            data.insert("message".to_owned(), message);
        }
        data.into()
    }

    fn alert(&self) -> Value {
        json!({
            "alertId": self.event.aggregate_id,
            "severity": self.field("severity"),
            "title": self.text("title", "Alert"),
            "description": self.text("description", ""),
        })
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::testing::with_payload;

    fn translated(kind: &str, payload: Value, anonymous: bool) -> Option<(&'static str, Value)> {
        frame(
            &with_payload(7, "task", "t-1", kind, payload.to_string()),
            anonymous,
        )
    }

    #[test]
    fn a_started_task_names_its_holder_and_one_without_a_holder_is_not_told() {
        let payload = json!({ "assigned_to": "codegen", "name": "Fix it", "priority": "P0" });
        let (kind, data) = translated("task_started", payload, false).expect("a frame");
        assert_eq!(kind, "agent:task_started");
        let expected = json!({ "agentId": "codegen", "taskId": "t-1", "taskName": "Fix it", "priority": "P0" });
        assert_eq!(data, expected);
        assert_eq!(
            translated("task_started", json!({ "name": "Fix it" }), false),
            None
        );
    }

    #[test]
    fn an_anonymous_audience_reads_no_names_messages_errors_or_results() {
        for (kind, payload) in [
            (
                "task_completed",
                json!({ "assigned_to": "codegen", "name": "secret", "result": { "a": "secret" } }),
            ),
            (
                "task_failed",
                json!({ "assigned_to": "codegen", "name": "secret", "error": "secret" }),
            ),
            (
                "agent_error_reported",
                json!({ "error": "secret", "agent_name": "secret" }),
            ),
            (
                "agent_status_changed",
                json!({ "agent_name": "secret", "new_status": "idle" }),
            ),
            ("deployment_started", json!({ "version": "secret" })),
            (
                "deployment_stage_progressed",
                json!({ "stage": "test", "message": "secret" }),
            ),
            ("deployment_failed", json!({ "error": "secret" })),
            (
                "system_alert_raised",
                json!({ "title": "secret", "description": "secret" }),
            ),
        ] {
            let (_, data) = translated(kind, payload.clone(), true).expect("a frame");
            assert!(!data.to_string().contains("secret"), "{kind}: {data}");
            let (_, data) = translated(kind, payload, false).expect("a frame");
            assert!(data.to_string().contains("secret"), "{kind}: {data}");
        }
    }

    #[test]
    fn a_deployment_is_a_quarter_on_with_every_stage() {
        let progress = |kind: &str, payload| {
            translated(kind, payload, false).expect("a frame").1["progress"].as_f64()
        };
        assert_eq!(
            progress("deployment_stage_started", json!({ "stage": "build" })),
            Some(0.0)
        );
        let halfway = json!({ "stage": "deploy", "progress": 50 });
        assert_eq!(progress("deployment_stage_progressed", halfway), Some(62.5));
        assert_eq!(
            progress("deployment_stage_completed", json!({ "stage": "verify" })),
            Some(100.0)
        );
    }

    #[test]
    fn the_snapshot_has_every_part_twice_and_its_version_as_a_number() {
        let frame: Value = serde_json::from_slice(&snapshot(
            json!({ "active_agents": [] }),
            9,
            DateTime::UNIX_EPOCH,
        ))
        .expect("valid JSON");
        assert_eq!(frame["type"], "state:snapshot");
        assert_eq!(
            (&frame["version"], &frame["data"]["version"]),
            (&json!(9), &json!(9))
        );
        for part in [
            "agent_state",
            "business_state",
            "user_state",
            "aws_state",
            "last_updated",
        ] {
            assert_eq!(frame[part], frame["data"][part], "{part}");
            assert!(!frame[part].is_null(), "{part}");
        }
    }
}
