//! Dialect A: `{type, timestamp, data}`, what the console client speaks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use pantheon_events::RecordedEvent;
use pantheon_projections::nodes::Figures;
use serde_json::Value;

use super::super::deps::{Boxed, Viewer};
use super::super::filter::FilterSpec;
use super::super::subscription::StepError;
use super::super::visibility::Visibility;
use super::a_frames::{
    AgentError, AgentStatusChanged, Alert, DeploymentCompleted, DeploymentFailed,
    DeploymentProgress, DeploymentStarted, Frame, Metrics, QueryCompleted, Said, TaskCompleted,
    TaskStarted,
};
use super::queries::{self, OwnQueries, QUERY};
use super::snapshot::snapshot;
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
    QUERY,
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
        let figures = self.fleet.figures(tenant, event.position).await?;
        let frame = encode(event, shown(&figures));
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
            let who = &self.audience.viewer().principal;
            let state = self.fleet.state(who).await;
            let state = state.map_err(|_| StepError::Unavailable)?;
            let frame = snapshot(&state, self.audience.is_anonymous(), self.clock.now());
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
            if event.event_type == QUERY {
                let own = queries::is_of(event, &self.audience);
                let said = own.then(|| query(event)).flatten();
                return said.map(|said| encode(event, said)).into_iter().collect();
            }
            let said = said(event, self.audience.is_anonymous());
            said.map(|said| encode(event, said)).into_iter().collect()
        })
    }

    fn eyes(&self, viewer: &Viewer) -> Arc<dyn Visibility> {
        Arc::new(OwnQueries::beside(viewer))
    }

    fn tick(&mut self) -> Boxed<'_, Vec<Bytes>> {
        let early = self
            .metrics_at
            .is_some_and(|at| at.elapsed() < METRICS_EVERY);
        let held = self.metrics_held.take_if(|_| !early);
        if held.is_some() {
            self.metrics_at = Some(Instant::now());
        }
        Box::pin(std::future::ready(held.into_iter().collect()))
    }
}

/// The figures as `GET /system/metrics` shows them: of all live nodes, whichever was sampled.
fn shown(figures: &Figures) -> Said {
    Said::Metrics(Metrics {
        cpu_usage: figures.cpu_usage,
        memory_usage: figures.memory_usage,
        disk_usage: figures.disk_usage,
        active_agents: figures.active_agents,
        total_tasks: figures.total_tasks,
        completed_tasks: figures.completed_tasks,
        uptime_seconds: figures.uptime_seconds,
    })
}

/// A question to the database, for who asked it.
fn query(event: &RecordedEvent) -> Option<Said> {
    let payload: Value = serde_json::from_str(event.payload.get()).ok()?;
    Some(Said::QueryCompleted(QueryCompleted {
        query: payload["query"].as_str()?.to_owned(),
        rows: payload["rows"].as_i64()?,
        duration_ms: payload["duration_ms"].as_i64()?,
    }))
}

fn encode(event: &RecordedEvent, said: Said) -> Bytes {
    let frame = Frame {
        said,
        timestamp: time(event.recorded_at),
        position: event.position,
    };
    Bytes::from(serde_json::to_vec(&frame).expect("a frame of plain fields serialises"))
}

pub(super) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// What an event becomes. An anonymous audience gets fixed words for names, messages and errors.
fn said(event: &RecordedEvent, anonymous: bool) -> Option<Said> {
    let payload: Value = serde_json::from_str(event.payload.get()).ok()?;
    let of = Source {
        event,
        payload,
        anonymous,
    };
    Some(match event.event_type.as_str() {
        "agent_status_changed" => Said::AgentStatusChanged(of.agent_status()),
        "agent_error_reported" => Said::AgentError(of.agent_error()),
        "task_started" => Said::TaskStarted(of.task_started()?),
        "task_completed" => Said::TaskCompleted(of.task_completed()?),
        "task_failed" => Said::AgentError(of.task_failed()?),
        "deployment_started" => Said::DeploymentStarted(of.deployment()),
        "deployment_stage_started" => Said::DeploymentProgress(of.progress(0.0)),
        "deployment_stage_progressed" => {
            let share = of.payload["progress"].as_f64().unwrap_or_default();
            Said::DeploymentProgress(of.progress(share.clamp(0.0, 100.0)))
        }
        "deployment_stage_completed" => Said::DeploymentProgress(of.progress(100.0)),
        "deployment_completed" => Said::DeploymentCompleted(of.deployment_completed()),
        "deployment_failed" => Said::DeploymentFailed(of.deployment_failed("failed")),
        "deployment_cancelled" => Said::DeploymentFailed(of.deployment_failed("cancelled")),
        "system_alert_raised" => Said::Alert(of.alert()),
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
    fn word(&self, name: &str) -> Option<String> {
        self.payload[name].as_str().map(str::to_owned)
    }

    fn number(&self, name: &str) -> Option<serde_json::Number> {
        self.payload[name].as_number().cloned()
    }

    /// A text that is not for everybody.
    fn text(&self, name: &str, word: &str) -> String {
        let text = self.word(name).filter(|_| !self.anonymous);
        text.unwrap_or_else(|| word.to_owned())
    }

    /// A member that may be absent, and is not for everybody.
    fn extra(&self, name: &str) -> Option<&Value> {
        let value = self.payload.get(name).filter(|value| !value.is_null());
        value.filter(|_| !self.anonymous)
    }

    fn agent_status(&self) -> AgentStatusChanged {
        AgentStatusChanged {
            agent_id: self.event.aggregate_id.clone(),
            old_status: self.word("old_status"),
            new_status: self.word("new_status"),
            agent_name: self.text("agent_name", "Agent"),
            reason: self.word("reason"),
        }
    }

    fn agent_error(&self) -> AgentError {
        AgentError {
            agent_id: self.event.aggregate_id.clone(),
            error: self.text("error", "error"),
            task_id: self.word("task_id"),
            will_retry: None,
        }
    }

    fn task_started(&self) -> Option<TaskStarted> {
        Some(TaskStarted {
            agent_id: self.word("assigned_to")?,
            task_id: self.event.aggregate_id.clone(),
            task_name: self.text("name", "Task"),
            priority: self.word("priority"),
        })
    }

    fn task_completed(&self) -> Option<TaskCompleted> {
        Some(TaskCompleted {
            agent_id: self.word("assigned_to")?,
            task_id: self.event.aggregate_id.clone(),
            task_name: self.text("name", "Task"),
            duration_seconds: self.number("duration_seconds"),
            result: self.extra("result").cloned(),
        })
    }

    fn task_failed(&self) -> Option<AgentError> {
        Some(AgentError {
            agent_id: self.word("assigned_to")?,
            error: self.text("error", "error"),
            task_id: Some(self.event.aggregate_id.clone()),
            will_retry: self.payload["will_retry"].as_bool(),
        })
    }

    fn deployment(&self) -> DeploymentStarted {
        DeploymentStarted {
            deployment_id: self.word("deployment_id"),
            environment: self.word("environment"),
            version: self.text("version", "version"),
        }
    }

    fn deployment_completed(&self) -> DeploymentCompleted {
        DeploymentCompleted {
            deployment_id: self.word("deployment_id"),
            environment: self.word("environment"),
            version: self.text("version", "version"),
            duration_seconds: self.number("duration_seconds"),
        }
    }

    fn deployment_failed(&self, word: &str) -> DeploymentFailed {
        DeploymentFailed {
            deployment_id: self.word("deployment_id"),
            environment: self.word("environment"),
            error: self.text("error", word),
            stage: self.word("stage"),
        }
    }

    /// 25 per completed stage and the running stage's share.
    fn progress(&self, share: f64) -> DeploymentProgress {
        let stage = self.word("stage").unwrap_or_default();
        let done = STAGES
            .iter()
            .position(|name| *name == stage)
            .unwrap_or_default();
        let message = self.extra("message").and_then(Value::as_str);
        DeploymentProgress {
            deployment_id: self.word("deployment_id"),
            progress: 25.0 * done as f64 + share / 4.0,
            message: message.map(str::to_owned),
            stage,
        }
    }

    fn alert(&self) -> Alert {
        Alert {
            alert_id: self.event.aggregate_id.clone(),
            severity: self.word("severity"),
            title: self.text("title", "Alert"),
            description: self.text("description", ""),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::live::testing::with_payload;

    fn translated(kind: &str, payload: Value, anonymous: bool) -> Option<(String, Value)> {
        let event = with_payload(7, "task", "t-1", kind, payload.to_string());
        let frame = encode(&event, said(&event, anonymous)?);
        let mut frame: Value = serde_json::from_slice(&frame).expect("JSON");
        Some((frame["type"].as_str()?.to_owned(), frame["data"].take()))
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
}
