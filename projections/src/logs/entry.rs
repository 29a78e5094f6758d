//! An event as the entries it adds: the same for the read model, for who listens and for sockets.

use chrono::{DateTime, Utc};
use pantheon_events::RecordedEvent;
use pantheon_events::agents::AgentEvent;
use pantheon_events::deployments::{DEPLOYER, EnvironmentEvent};
use pantheon_events::worktrees::GitEvent;
use serde::Deserialize;
use uuid::Uuid;

use super::LogRow;
use crate::engine::{Fault, Record, decode};

/// The events that add entries, by aggregate.
pub const EVENTS: &[(&str, &[&str])] = &[
    ("agent", &["agent_log_appended"]),
    ("agent_execution", &["agent_execution_log_appended"]),
    ("environment", &["deployment_log_appended"]),
    ("git", &["commit_observed"]),
];

/// The entries of an event, oldest first; none of any other event. They are not numbered.
///
/// # Errors
/// The payload does not fit.
pub fn entries(event: &RecordedEvent) -> Result<Vec<LogRow>, Fault> {
    let mut rows = match event.event_type.as_str() {
        "agent_log_appended" => of_agent(event),
        "agent_execution_log_appended" => of_execution(event),
        "deployment_log_appended" => of_deployment(event),
        "commit_observed" => of_commit(event),
        _ => Ok(Vec::new()),
    }?;
    // Whoever listens hears what is listed later.
    rows.iter_mut().for_each(Record::settle);
    Ok(rows)
}

fn blank(event: &RecordedEvent, source: &str) -> LogRow {
    LogRow {
        position: event.position.get(),
        n: 0,
        number: 0,
        tenant: event.metadata.tenant.as_uuid(),
        event_id: event.event_id.as_uuid(),
        logged_at: event.recorded_at,
        recorded_at: event.recorded_at,
        source: source.to_owned(),
        level: "INFO".to_owned(),
        message: String::new(),
        session_id: event.aggregate_id.clone(),
        agent_type: None,
        agent_id: None,
        execution_id: None,
        deployment_id: None,
        context: None,
        file: None,
        line: None,
        issue_number: None,
    }
}

fn of_agent(event: &RecordedEvent) -> Result<Vec<LogRow>, Fault> {
    let AgentEvent::AgentLogAppended(appended) = decode(event)? else {
        return Ok(Vec::new());
    };
    let agent_type = appended.agent_type;
    let row = |(n, entry): (i32, pantheon_events::agents::LogEntry)| LogRow {
        n,
        logged_at: entry.timestamp.unwrap_or(event.recorded_at),
        level: entry.level.to_string(),
        message: entry.message,
        session_id: entry
            .session_id
            .unwrap_or_else(|| event.aggregate_id.clone()),
        agent_type: Some(agent_type.clone()),
        agent_id: Some(event.aggregate_id.clone()),
        execution_id: entry.execution_id,
        context: entry.context,
        file: entry.file,
        line: entry.line,
        issue_number: entry.issue_number,
        ..blank(event, "agent")
    };
    Ok((0..).zip(appended.entries).map(row).collect())
}

/// What an execution's entries say of themselves. The names are those of the agents' entries and of
/// the execution's own view.
#[derive(Deserialize)]
struct OfExecution {
    entries: Vec<ExecutionEntry>,
    agent_type: Option<String>,
    agent_id: Option<String>,
    issue_number: Option<i64>,
}

#[derive(Deserialize)]
struct ExecutionEntry {
    #[serde(alias = "log_level")]
    level: Option<String>,
    message: String,
    timestamp: Option<DateTime<Utc>>,
    session_id: Option<String>,
    context: Option<String>,
    file: Option<String>,
    line: Option<i64>,
    issue_number: Option<i64>,
}

fn of_execution(event: &RecordedEvent) -> Result<Vec<LogRow>, Fault> {
    let appended: OfExecution = read(event)?;
    let execution = crate::engine::id::<Uuid>(event)?;
    let actor = &event.metadata.actor;
    let by_agent = (actor.kind == pantheon_events::ActorKind::Agent).then(|| actor.id.clone());
    let agent_id = appended.agent_id.or(by_agent);
    let row = |(n, entry): (i32, ExecutionEntry)| LogRow {
        n,
        logged_at: entry.timestamp.unwrap_or(event.recorded_at),
        level: entry.level.unwrap_or_else(|| "INFO".to_owned()),
        message: entry.message,
        session_id: entry
            .session_id
            .unwrap_or_else(|| event.aggregate_id.clone()),
        agent_type: appended.agent_type.clone(),
        agent_id: agent_id.clone(),
        execution_id: Some(execution),
        context: entry.context,
        file: entry.file,
        line: entry.line,
        issue_number: entry.issue_number.or(appended.issue_number),
        ..blank(event, "execution")
    };
    Ok((0..).zip(appended.entries).map(row).collect())
}

fn of_deployment(event: &RecordedEvent) -> Result<Vec<LogRow>, Fault> {
    let EnvironmentEvent::DeploymentLogAppended(appended) = decode(event)? else {
        return Ok(Vec::new());
    };
    let deployment = appended.deployment_id.as_uuid();
    let logged_at = appended.at.unwrap_or(event.recorded_at);
    let row = |(n, entry): (i32, pantheon_events::deployments::DeploymentLogEntry)| LogRow {
        n,
        logged_at,
        level: entry.level.to_string(),
        message: entry.message,
        session_id: deployment.to_string(),
        agent_type: Some(DEPLOYER.to_owned()),
        agent_id: Some(event.metadata.actor.id.clone()),
        deployment_id: Some(deployment),
        ..blank(event, "deployment")
    };
    Ok((0..).zip(appended.entries).map(row).collect())
}

/// Letters of a short hash, as git shows it.
const SHORT: usize = 7;

fn of_commit(event: &RecordedEvent) -> Result<Vec<LogRow>, Fault> {
    let GitEvent::CommitObserved(commit) = decode(event)? else {
        return Ok(Vec::new());
    };
    Ok(vec![LogRow {
        logged_at: commit.committed_at,
        message: commit.subject,
        context: Some(commit.commit_sha.chars().take(SHORT).collect()),
        session_id: commit.commit_sha,
        ..blank(event, "git")
    }])
}

fn read<'de, T: Deserialize<'de>>(event: &'de RecordedEvent) -> Result<T, Fault> {
    serde_json::from_str(event.payload.get()).map_err(|error| Fault::new(error.to_string()))
}
