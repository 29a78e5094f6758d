//! The frames of dialect B: flat objects `{type, …, timestamp, position}`.

use pantheon_events::RecordedEvent;
use pantheon_projections::logs::entries;
use serde_json::{Map, Value, json};

use super::a::time;
use crate::http::logs::Log;

/// Who reads the frames of an event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader {
    /// Names, messages, errors and titles are kept from them.
    pub anonymous: bool,
    /// They may read logs.
    pub logs: bool,
    /// They asked for executions only.
    pub executions_only: bool,
}

/// The events that become frames.
pub(super) const TYPES: &[&str] = &[
    "agent_execution.*",
    "task_created",
    "task_updated",
    "task_started",
    "task_completed",
    "task_failed",
    "task_retried",
    "task_cancelled",
    "agent_status_changed",
    "agent_log_appended",
    "deployment_*",
    "worktree_*",
    "issue_synced",
    "pull_request_synced",
    "system_alert_raised",
];

/// The frames that an event becomes for a reader.
pub(super) fn frames(event: &RecordedEvent, reader: Reader) -> Vec<Value> {
    let payload = serde_json::from_str(event.payload.get()).unwrap_or_default();
    let of = Source {
        event,
        payload,
        reader,
    };
    let mut frames = of.execution();
    if !reader.executions_only {
        frames.extend(of.fleet());
        if reader.logs && !reader.anonymous {
            frames.extend(log_entries(event));
        }
    }
    for frame in &mut frames {
        let members = frame.as_object_mut();
        let members = members.into_iter();
        members.for_each(|members| stamp(members, event));
    }
    frames
}

/// An entry of a log has a time of its own.
fn stamp(frame: &mut Map<String, Value>, event: &RecordedEvent) {
    frame
        .entry("timestamp")
        .or_insert_with(|| time(event.recorded_at).into());
    frame.insert("position".to_owned(), event.position.to_string().into());
}

fn log_entries(event: &RecordedEvent) -> Vec<Value> {
    let rows = entries(event).unwrap_or_default().into_iter();
    rows.map(|row| {
        let mut frame = json!(Log::from(row));
        frame["type"] = "log_entry".into();
        frame
    })
    .collect()
}

struct Source<'a> {
    event: &'a RecordedEvent,
    payload: Value,
    reader: Reader,
}

impl Source<'_> {
    fn id(&self) -> &str {
        &self.event.aggregate_id
    }

    fn of(&self, name: &str) -> &Value {
        &self.payload[name]
    }

    /// A text that is not for everybody.
    fn text(&self, name: &str, word: &str) -> String {
        let text = self.of(name).as_str();
        let text = text.filter(|_| !self.reader.anonymous);
        text.unwrap_or(word).to_owned()
    }

    /// What is about an execution; beside each frame of the execution one of its agent.
    fn execution(&self) -> Vec<Value> {
        let kind = self.event.event_type.as_str();
        let (id, agent) = (self.id(), self.of("agent_type"));
        let beside = !self.reader.executions_only;
        let mut frames = match kind {
            "agent_execution_started" => vec![
                json!({ "type": "execution_started", "execution_id": id, "agent_type": agent,
                    "repository_id": self.of("repository_id"), "issue_number": self.of("issue_number") }),
                json!({ "type": "agent_started", "agent_type": agent, "execution_id": id,
                    "issue_number": self.of("issue_number") }),
            ],
            "agent_execution_progressed" => {
                let message = self.text("message", "");
                vec![
                    json!({ "type": "execution_progress", "execution_id": id,
                        "progress": self.of("progress"), "message": message }),
                    json!({ "type": "agent_progress", "agent_type": agent, "execution_id": id,
                        "progress": self.of("progress"), "message": message }),
                ]
            }
            "agent_execution_completed" => vec![
                json!({ "type": "execution_completed", "execution_id": id,
                    "quality_score": self.of("quality_score"), "pr_number": self.of("pr_number") }),
                self.agent_completed(Value::Null),
            ],
            "agent_execution_failed" => self.execution_failed(self.text("error", "failed")),
            "agent_execution_cancelled" => self.execution_failed("cancelled".to_owned()),
            "agent_execution_log_appended" if !self.reader.anonymous => {
                return self.execution_logs();
            }
            _ => Vec::new(),
        };
        frames.truncate(if beside { 2 } else { 1 });
        frames
    }

    fn execution_failed(&self, error: String) -> Vec<Value> {
        vec![
            json!({ "type": "execution_failed", "execution_id": self.id(), "error": error }),
            self.agent_completed(error.into()),
        ]
    }

    fn agent_completed(&self, error: Value) -> Value {
        let result = json!({ "success": error.is_null(), "quality_score": self.of("quality_score"),
            "pr_number": self.of("pr_number"), "error": error });
        json!({ "type": "agent_completed", "agent_type": self.of("agent_type"),
            "execution_id": self.id(), "result": result })
    }

    fn execution_logs(&self) -> Vec<Value> {
        let rows = entries(self.event).unwrap_or_default().into_iter();
        rows.map(|row| {
            json!({ "type": "execution_log", "execution_id": self.id(), "log_level": row.level,
                "message": row.message })
        })
        .collect()
    }

    fn fleet(&self) -> Option<Value> {
        let kind = self.event.event_type.as_str();
        match kind {
            "agent_status_changed" => Some(self.agent_status()),
            "issue_synced" => Some(self.synced("issue_update", "issue")),
            "pull_request_synced" => Some(self.synced("pr_update", "pull_request")),
            "agent_execution_completed" if self.of("pr_number").is_number() => Some(json!({
                "type": "pr_update", "repository": self.of("repository_id"),
                "number": self.of("pr_number"), "state": "open", "title": "",
            })),
            "system_alert_raised" => Some(json!({
                "type": "notification", "level": self.of("severity"),
                "message": self.text("title", "Alert"),
            })),
            "deployment_log_appended" => None,
            _ if kind.starts_with("task_") => self.task(kind),
            _ if kind.starts_with("deployment_") => Some(self.deployment(kind)),
            _ if kind.starts_with("worktree_") => Some(self.worktree(kind)),
            _ => None,
        }
    }

    fn task(&self, kind: &str) -> Option<Value> {
        let status = match kind {
            "task_created" | "task_retried" => "pending",
            "task_started" => "running",
            "task_completed" => "completed",
            "task_failed" if self.of("will_retry") == true => "pending",
            "task_failed" => "failed",
            "task_cancelled" => "cancelled",
            _ => self.of("status").as_str()?,
        };
        Some(json!({ "type": "task_updated", "task_id": self.id(), "status": status }))
    }

    fn agent_status(&self) -> Value {
        let status = match self.of("new_status").as_str() {
            Some("active") => "Running",
            Some("idle") => "Idle",
            _ => "Unknown",
        };
        json!({ "type": "agent_status", "agent_type": self.of("agent_type"), "status": status,
            "issue_number": self.of("issue_number") })
    }

    /// An issue or a pull request, whose facts stand in a member of their own.
    fn synced(&self, kind: &str, facts: &str) -> Value {
        let facts = self.payload.get(facts).unwrap_or(&self.payload);
        let title = facts["title"].as_str().filter(|_| !self.reader.anonymous);
        json!({ "type": kind, "repository": self.of("repository"), "number": self.of("number"),
            "state": facts["state"], "title": title.unwrap_or_default() })
    }

    fn deployment(&self, kind: &str) -> Value {
        let status = match kind {
            "deployment_completed" | "deployment_imported" => "success",
            "deployment_failed" | "deployment_cancelled" | "deployment_rolled_back" => "failed",
            "deployment_started" => "running",
            _ if kind.starts_with("deployment_stage_") => "running",
            _ => "pending",
        };
        let health = self.of("health_check_status").as_str();
        json!({ "type": "deployment_update", "id": self.of("deployment_id"),
            "version": self.text("version", "version"), "environment": self.of("environment"),
            "status": status, "health_check_status": health.unwrap_or("unknown"),
            "updated_at": time(self.event.recorded_at) })
    }

    fn worktree(&self, kind: &str) -> Value {
        let status = match kind {
            "worktree_occupied" => "Active",
            "worktree_completed" => "Completed",
            "worktree_failed" => "Error",
            _ => "Idle",
        };
        json!({ "type": "worktree_update", "id": self.id(), "status": status,
            "branch": self.text("branch", "branch"), "agent_type": self.of("agent_type"),
            "updated_at": time(self.event.recorded_at) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::testing::with_payload;

    const ALL: Reader = Reader {
        anonymous: false,
        logs: true,
        executions_only: false,
    };

    fn told(kind: &str, payload: Value, reader: Reader) -> Vec<Value> {
        let aggregate = if kind.starts_with("agent_execution") {
            "agent_execution"
        } else {
            "x"
        };
        let id = "0198c7a0-0000-7000-8000-00000000000e";
        let event = with_payload(7, aggregate, id, kind, payload.to_string());
        frames(&event, reader)
    }

    fn types(frames: &[Value]) -> Vec<&str> {
        frames
            .iter()
            .filter_map(|frame| frame["type"].as_str())
            .collect()
    }

    #[test]
    fn every_execution_event_has_its_frame_and_its_agents() {
        let about = json!({ "agent_type": "codegen", "issue_number": 4, "repository_id": "r",
            "progress": 50, "message": "half", "error": "no", "quality_score": 90.0, "pr_number": 8,
            "entries": [{ "log_level": "INFO", "message": "hello" }] });
        for (kind, expected) in [
            (
                "agent_execution_started",
                vec!["execution_started", "agent_started"],
            ),
            (
                "agent_execution_progressed",
                vec!["execution_progress", "agent_progress"],
            ),
            (
                "agent_execution_completed",
                vec!["execution_completed", "agent_completed", "pr_update"],
            ),
            (
                "agent_execution_failed",
                vec!["execution_failed", "agent_completed"],
            ),
            (
                "agent_execution_cancelled",
                vec!["execution_failed", "agent_completed"],
            ),
            (
                "agent_execution_log_appended",
                vec!["execution_log", "log_entry"],
            ),
        ] {
            let frames = told(kind, about.clone(), ALL);
            assert_eq!(types(&frames), expected, "{kind}");
            assert!(
                frames
                    .iter()
                    .all(|frame| frame["position"] == "7" && frame["timestamp"].is_string())
            );
            let only = Reader {
                executions_only: true,
                ..ALL
            };
            assert_eq!(
                types(&told(kind, about.clone(), only)),
                expected[..1],
                "{kind}"
            );
        }
    }

    #[test]
    fn every_fleet_event_has_its_frame() {
        for (kind, payload, expected) in [
            (
                "task_created",
                json!({}),
                json!({ "type": "task_updated", "status": "pending" }),
            ),
            (
                "task_failed",
                json!({ "will_retry": true }),
                json!({ "type": "task_updated", "status": "pending" }),
            ),
            (
                "task_failed",
                json!({ "will_retry": false }),
                json!({ "type": "task_updated", "status": "failed" }),
            ),
            (
                "agent_status_changed",
                json!({ "new_status": "offline", "agent_type": "codegen" }),
                json!({ "type": "agent_status", "status": "Unknown", "agent_type": "codegen", "issue_number": null }),
            ),
            (
                "deployment_stage_started",
                json!({ "deployment_id": "d" }),
                json!({ "type": "deployment_update", "id": "d", "status": "running", "health_check_status": "unknown" }),
            ),
            (
                "worktree_failed",
                json!({ "branch": "b" }),
                json!({ "type": "worktree_update", "status": "Error", "branch": "b" }),
            ),
            (
                "issue_synced",
                json!({ "repository": "o/n", "number": 3, "issue": { "state": "open", "title": "t" } }),
                json!({ "type": "issue_update", "repository": "o/n", "number": 3, "state": "open", "title": "t" }),
            ),
            (
                "pull_request_synced",
                json!({ "repository": "o/n", "number": 3, "pull_request": { "state": "closed", "title": "t" } }),
                json!({ "type": "pr_update", "state": "closed" }),
            ),
            (
                "system_alert_raised",
                json!({ "severity": "warning", "title": "lost" }),
                json!({ "type": "notification", "level": "warning", "message": "lost" }),
            ),
        ] {
            let frames = told(kind, payload, ALL);
            assert_eq!(frames.len(), 1, "{kind}: {frames:?}");
            for (name, value) in expected.as_object().expect("fields") {
                assert_eq!(&frames[0][name], value, "{kind} {name}");
            }
        }
        // A change that is none of the status is not told.
        assert!(told("task_updated", json!({ "name": "n" }), ALL).is_empty());
    }

    #[test]
    fn nobody_anonymous_reads_texts_or_logs() {
        let reader = Reader {
            anonymous: true,
            ..ALL
        };
        for (kind, payload) in [
            ("agent_execution_progressed", json!({ "message": "secret" })),
            ("agent_execution_failed", json!({ "error": "secret" })),
            (
                "agent_execution_log_appended",
                json!({ "entries": [{ "message": "secret" }] }),
            ),
            (
                "agent_log_appended",
                json!({ "agent_type": "codegen", "entries": [{ "message": "secret" }] }),
            ),
            ("issue_synced", json!({ "issue": { "title": "secret" } })),
            ("system_alert_raised", json!({ "title": "secret" })),
            ("worktree_created", json!({ "branch": "secret" })),
            ("deployment_started", json!({ "version": "secret" })),
        ] {
            let frames = json!(told(kind, payload, reader)).to_string();
            assert!(!frames.contains("secret"), "{kind}: {frames}");
        }
    }
}
