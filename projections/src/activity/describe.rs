//! An event in words, by the table of the console's contract.

use pantheon_events::RecordedEvent;
use serde_json::Value;

/// How an event is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub title: String,
    pub description: String,
    pub category: &'static str,
    pub severity: &'static str,
}

/// Samples, log lines, heartbeats, progress and sessions are not news.
const SILENT: [&str; 8] = [
    "agent_heartbeat_recorded",
    "agent_log_appended",
    "agent_execution_log_appended",
    "agent_execution_progressed",
    "deployment_log_appended",
    "system_metrics_sampled",
    "task_progressed",
    "agent_execution_log",
];

/// Accounts, sign-ins and refusals are for those who look after them, and activity is for everybody.
const PRIVATE: [&str; 5] = [
    "session",
    "user",
    "login_name",
    "admin_list",
    "access_trail",
];

/// Whether an event is no news.
pub(super) fn is_silent(event: &RecordedEvent) -> bool {
    PRIVATE.contains(&event.aggregate_type.as_str()) || SILENT.contains(&event.event_type.as_str())
}

/// The event in words; `None` when it is not news.
pub(super) fn describe(event: &RecordedEvent) -> Option<Shown> {
    if is_silent(event) {
        return None;
    }
    let kind = event.event_type.as_str();
    let data: Value = serde_json::from_str(event.payload.get()).unwrap_or_default();
    let (category, severity) = class(kind, &data);
    let told = |field: &str| data[field].as_str().unwrap_or_default().to_owned();
    let (title, description) = match kind {
        "system_alert_raised" => (told("title"), told("description")),
        "system_alert_resolved" => (title(kind), told("title")),
        "issue_synced" => (title(kind), about(&data, &data["issue"]["title"])),
        _ if kind.starts_with("agent_execution_") => (title(kind), worked_on(event, &data)),
        "pull_request_synced" => (title(kind), about(&data, &data["pull_request"]["title"])),
        _ => (title(kind), description(event, &data)),
    };
    Some(Shown {
        title,
        description: description.chars().take(500).collect(),
        category,
        severity,
    })
}

fn class(kind: &str, data: &Value) -> (&'static str, &'static str) {
    match kind {
        "task_failed" if data["will_retry"] == false => ("error", "warning"),
        "agent_execution_failed"
        | "agent_error_reported"
        | "worktree_failed"
        | "infrastructure_sync_failed" => ("error", "warning"),
        "agent_status_changed" => match data["new_status"].as_str() {
            Some("error" | "offline") => ("agent", "warning"),
            _ => ("agent", "info"),
        },
        "agent_control_timed_out" => ("agent", "warning"),
        "deployment_failed" => ("deployment", "critical"),
        "system_alert_raised" => ("system", severity(data)),
        _ if kind.starts_with("agent_") || kind.starts_with("task_") => ("agent", "info"),
        _ if kind.starts_with("deployment_") => ("deployment", "info"),
        _ => ("system", "info"),
    }
}

fn severity(data: &Value) -> &'static str {
    match data["severity"].as_str() {
        Some("critical") => "critical",
        Some("warning") => "warning",
        _ => "info",
    }
}

/// `task_status_changed` reads "Task status changed".
fn title(kind: &str) -> String {
    let words = kind.replace('_', " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().collect::<String>() + letters.as_str(),
        None => words,
    }
}

/// `octo/cat#7: The cat does not purr`.
fn about(data: &Value, title: &Value) -> String {
    let repository = data["repository"].as_str().unwrap_or_default();
    let title = title.as_str().unwrap_or_default();
    format!("{repository}#{}: {title}", data["number"])
}

/// `codegen on octo/cat#7`, and what went wrong.
fn worked_on(event: &RecordedEvent, data: &Value) -> String {
    let told = |field: &str| data[field].as_str();
    let (Some(agent), Some(repository)) = (told("agent_type"), told("repository")) else {
        return description(event, data);
    };
    let line = format!("{agent} on {repository}#{}", data["issue_number"]);
    match told("error") {
        Some(error) => format!("{line}: {error}"),
        None => line,
    }
}

/// The name of what it happened to, and what the event says of the why.
fn description(event: &RecordedEvent, data: &Value) -> String {
    let text = |field: &str| data[field].as_str().filter(|text| !text.is_empty());
    let names = [
        "full_name",
        "name",
        "agent_name",
        "product_name",
        "title",
        "environment",
    ];
    let name = names.into_iter().find_map(text);
    let name = name.unwrap_or(&event.aggregate_id);
    let why = ["error", "reason", "new_status"].into_iter().find_map(text);
    let line = match why {
        Some(why) => format!("{name}: {why}"),
        None => name.to_owned(),
    };
    line.chars().take(500).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_reads_as_a_sentence() {
        assert_eq!(title("task_created"), "Task created");
    }

    #[test]
    fn only_a_final_failure_is_an_error() {
        let class_of =
            |retry: bool| class("task_failed", &serde_json::json!({"will_retry": retry}));
        assert_eq!(class_of(false), ("error", "warning"));
        assert_eq!(class_of(true), ("agent", "info"));
    }

    #[test]
    fn an_agent_that_went_offline_is_a_warning() {
        let changed = serde_json::json!({"new_status": "offline"});
        assert_eq!(
            class("agent_status_changed", &changed),
            ("agent", "warning")
        );
    }
}
