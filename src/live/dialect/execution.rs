//! Dialect B on one execution: what it has logged, what it logs, and its end.

use bytes::Bytes;
use pantheon_events::{RecordedEvent, Sequence, TenantId};
use pantheon_log::{Log, ReadError};
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::close::Close;
use super::super::deps::Boxed;
use super::super::filter::FilterSpec;
use super::super::subscription::StepError;
use super::a::time;
use super::b::text;
use super::{Dialect, Greeting};

/// The aggregate type of agents' executions.
pub(super) const EXECUTION: &str = "agent_execution";
/// So many stored entries come first.
const MOST: usize = 1_000;
/// Events asked for in one read.
const PAGE: usize = 500;

/// One socket's translation.
pub struct OneExecution {
    log: Log,
    tenant: TenantId,
    id: Uuid,
    ended: Option<Close>,
}

impl OneExecution {
    /// A translation of this execution.
    #[must_use]
    pub fn new(log: Log, tenant: TenantId, id: Uuid) -> Self {
        Self {
            log,
            tenant,
            id,
            ended: None,
        }
    }

    fn said(&mut self, event: &RecordedEvent) -> Vec<Value> {
        if event.event_type == "agent_execution_log_appended" {
            return entries(event);
        }
        let Some(status) = status(&event.event_type) else {
            return Vec::new();
        };
        self.ended = Some(Close::Done);
        vec![json!({ "type": "execution_complete", "status": status,
            "timestamp": time(event.recorded_at), "position": event.position })]
    }
}

/// Whether the tenant has such an execution.
pub async fn is_there(log: &Log, tenant: TenantId, id: Uuid) -> Result<bool, ReadError> {
    let first = log
        .stream(EXECUTION, &id.to_string(), Sequence::ZERO, 1)
        .await?;
    Ok(first
        .first()
        .is_some_and(|event| event.metadata.tenant == tenant))
}

/// The word for an end.
pub(super) fn status(event_type: &str) -> Option<&'static str> {
    match event_type {
        "agent_execution_completed" => Some("completed"),
        "agent_execution_failed" => Some("failed"),
        "agent_execution_cancelled" => Some("cancelled"),
        _ => None,
    }
}

/// The entries as `GET /agents/executions/{id}/logs` shows them.
fn entries(event: &RecordedEvent) -> Vec<Value> {
    let payload: Value = serde_json::from_str(event.payload.get()).unwrap_or_default();
    let entries = payload["entries"].as_array().cloned().unwrap_or_default();
    let shown = |(n, mut entry): (usize, Value)| {
        entry["id"] = format!("{}:{n}", event.event_id).into();
        entry["execution_id"] = event.aggregate_id.clone().into();
        if entry["timestamp"].is_null() {
            entry["timestamp"] = time(event.recorded_at).into();
        }
        entry
    };
    entries.into_iter().enumerate().map(shown).collect()
}

impl Dialect for OneExecution {
    fn filter(&self) -> FilterSpec {
        FilterSpec {
            aggregates: Some(vec![EXECUTION.to_owned()]),
            ids: Some(vec![self.id.to_string()]),
            ..FilterSpec::default()
        }
    }

    fn greet(&mut self) -> Boxed<'_, Result<Greeting, StepError>> {
        Box::pin(async {
            let position = self.log.head();
            let stream = self.id.to_string();
            let (mut frames, mut after) = (Vec::new(), Sequence::ZERO);
            let mut end = None;
            loop {
                let events = self.log.stream(EXECUTION, &stream, after, PAGE).await?;
                let Some(last) = events.last() else { break };
                after = last.sequence;
                for event in events.iter().filter(|event| event.position <= position) {
                    if event.metadata.tenant != self.tenant {
                        self.ended = Some(Close::Forbidden);
                        break;
                    }
                    match status(&event.event_type) {
                        Some(_) => end = Some(self.said(event)),
                        None => frames.extend(self.said(event)),
                    }
                }
            }
            if after == Sequence::ZERO {
                self.ended = Some(Close::Forbidden);
            }
            let old = frames.len().saturating_sub(MOST);
            let frames = frames[old..].iter().chain(end.iter().flatten()).map(text);
            Ok(Greeting {
                frames: frames.collect(),
                position,
            })
        })
    }

    fn translate<'a>(&'a mut self, event: &'a RecordedEvent) -> Boxed<'a, Vec<Bytes>> {
        let told: Vec<Bytes> = self.said(event).iter().map(text).collect();
        Box::pin(std::future::ready(told))
    }

    fn end(&self) -> Option<Close> {
        self.ended
    }
}
