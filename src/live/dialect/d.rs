//! Dialect D: one approval gate, how far it is and how it ends.

use std::sync::Arc;

use bytes::Bytes;
use pantheon_events::approvals::{ApprovalEvent, Stage, fold_stages};
use pantheon_events::{ApprovalId, DomainEvent, RecordedEvent, Sequence, TenantId};
use pantheon_log::{Log, ReadError};
use serde_json::{Value, json};

use super::super::close::Close;
use super::super::deps::{Boxed, Viewer};
use super::super::filter::FilterSpec;
use super::super::subscription::StepError;
use super::super::visibility::{OfTenant, Visibility};
use super::b::text;
use super::{Dialect, Greeting};
use crate::auth::{may, permission};

const APPROVAL: &str = "approval";
/// What an approval is about when it is a gate.
const GATE: &str = "workflow_gate";
/// Events asked for in one read.
const PAGE: usize = 500;

/// One socket's translation.
pub struct DialectD {
    log: Log,
    viewer: Viewer,
    id: ApprovalId,
    gate: Gate,
    ended: Option<Close>,
}

/// A gate as its events say.
#[derive(Default)]
struct Gate {
    is_one: bool,
    stages: Vec<Stage>,
    status: Option<&'static str>,
}

impl Gate {
    fn take(&mut self, event: &RecordedEvent) {
        let (kind, version) = (&event.event_type, &event.event_version);
        let Ok(fact) = ApprovalEvent::decode(kind, version, event.payload.get()) else {
            return;
        };
        if let ApprovalEvent::ApprovalRequested(requested) = &fact {
            self.is_one = requested.subject.resource_type == GATE;
        }
        self.status = self.status.or_else(|| ended(kind));
        fold_stages(&mut self.stages, &fact);
    }

    /// How many said yes, and how many have to.
    fn counts(&self) -> (u32, u32) {
        let granted = self.stages.iter().map(Stage::granted).sum();
        let required = self.stages.iter().map(|stage| stage.rule.required).sum();
        (granted, required)
    }
}

/// The word for an end.
fn ended(event_type: &str) -> Option<&'static str> {
    match event_type {
        "approval_approved" => Some("approved"),
        "approval_rejected" | "approval_cancelled" => Some("rejected"),
        "approval_expired" => Some("timed_out"),
        _ => None,
    }
}

impl DialectD {
    /// A translation of this gate.
    #[must_use]
    pub fn new(log: Log, viewer: Viewer, id: ApprovalId) -> Self {
        Self {
            log,
            viewer,
            id,
            gate: Gate::default(),
            ended: None,
        }
    }

    fn update(&self) -> Value {
        let (granted, required) = self.gate.counts();
        json!({ "type": "approval_update", "approval_id": self.id,
            "status": self.gate.status.unwrap_or("pending"),
            "approval_count": granted, "required_count": required })
    }

    fn completed(&self, status: &str) -> Value {
        json!({ "type": "approval_completed", "approval_id": self.id, "status": status })
    }

    fn may_look(&self) -> bool {
        may(
            Some(&self.viewer.principal),
            permission("workflows.read"),
            None,
        )
        .is_ok()
    }
}

/// Whether the tenant has such a gate.
pub async fn is_there(log: &Log, tenant: TenantId, id: ApprovalId) -> Result<bool, ReadError> {
    let first = log
        .stream(APPROVAL, &id.to_string(), Sequence::ZERO, 1)
        .await?;
    let mut gate = Gate::default();
    let ours = first.iter().filter(|event| event.metadata.tenant == tenant);
    ours.for_each(|event| gate.take(event));
    Ok(gate.is_one)
}

impl Dialect for DialectD {
    fn filter(&self) -> FilterSpec {
        FilterSpec {
            aggregates: Some(vec![APPROVAL.to_owned()]),
            ids: Some(vec![self.id.to_string()]),
            ..FilterSpec::default()
        }
    }

    /// Gates are seen by those who see workflows, whoever has to decide.
    fn eyes(&self, viewer: &Viewer) -> Arc<dyn Visibility> {
        Arc::new(OfTenant(viewer.principal.tenant))
    }

    fn greet(&mut self) -> Boxed<'_, Result<Greeting, StepError>> {
        Box::pin(async {
            let position = self.log.head();
            let tenant = self.viewer.principal.tenant;
            let stream = self.id.to_string();
            let mut after = Sequence::ZERO;
            self.gate = Gate::default();
            loop {
                let events = self.log.stream(APPROVAL, &stream, after, PAGE).await?;
                let Some(last) = events.last() else { break };
                after = last.sequence;
                for event in &events {
                    if event.position <= position && event.metadata.tenant == tenant {
                        self.gate.take(event);
                    }
                }
            }
            let mut frames = Vec::new();
            if !self.gate.is_one || !self.may_look() {
                self.ended = Some(Close::Forbidden);
                let message = "There is no such gate here.";
                frames.push(json!({ "type": "error", "message": message }));
            } else {
                frames.push(self.update());
                if let Some(status) = self.gate.status {
                    frames.push(self.completed(status));
                    self.ended = Some(Close::Done);
                }
            }
            let frames = frames.iter().map(text).collect();
            Ok(Greeting { frames, position })
        })
    }

    fn translate<'a>(&'a mut self, event: &'a RecordedEvent) -> Boxed<'a, Vec<Bytes>> {
        self.gate.take(event);
        let told = match ended(&event.event_type) {
            Some(status) => {
                self.ended = Some(Close::Done);
                Some(self.completed(status))
            }
            None if event.event_type == "approval_granted" => {
                let mut update = self.update();
                update["position"] = event.position.to_string().into();
                Some(update)
            }
            None => None,
        };
        Box::pin(std::future::ready(told.iter().map(text).collect()))
    }

    fn end(&self) -> Option<Close> {
        self.ended
    }
}
