//! An agent asks for work: for one task, or for whichever is next.
//!
//! Without a task the server tries the ready tasks in the list's order. Each try is the same
//! command, the caller's, on another stream; the first that accepts it records it, and a repeat of
//! the command finds it there (G2). A try that is refused, because another agent was faster, leaves
//! nothing behind.

use pantheon_events::json::read_json;
use pantheon_events::tasks::ClaimTask;
use pantheon_events::{AgentId, CommandContext, TaskId, TenantId};
use pantheon_projections::tasks::{self, Wanted};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::task_takers::{TaskTakers, check_agent, unavailable};
use crate::app::App;
use crate::http::Problem;
use crate::http::after::{self, Shown};
use crate::http::tasks::Task;
use crate::store::{DispatchError, Receipt};

/// Candidates looked for at a time, and how often.
const CANDIDATES: i64 = 16;
const ROUNDS: usize = 8;

/// What an agent sends.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ClaimAnyTask")]
pub struct Asked {
    /// The task; the next one that fits when left out.
    #[serde(default)]
    task_id: Option<TaskId>,
}

/// Claims for an agent and says what it got: the verdict and `task`, which is `null` when there is
/// nothing to do.
///
/// # Errors
/// The body is no claim, the agent may take nothing, or the named task cannot be claimed.
pub async fn answer(
    app: &App,
    agent: &AgentId,
    by: CommandContext,
    body: &[u8],
) -> Result<Value, Problem> {
    let asked: Asked = read_json(body)?;
    let (command_id, tenant) = (by.command_id, by.tenant);
    let receipt = match asked.task_id {
        Some(task) => Some(claim_one(app, agent, task, by).await?),
        None => claim_next(app, agent, by).await?,
    };
    let Some(receipt) = receipt else {
        return Ok(json!({ "verdict": "accepted", "command_id": command_id, "task": null }));
    };
    let task = shown(app, tenant, agent, &receipt).await;
    Ok(json!({
        "verdict": if receipt.replayed { "duplicate" } else { "accepted" },
        "aggregate": "task",
        "id": receipt.aggregate_id,
        "command_id": receipt.command_id,
        "position": receipt.position,
        "sequence": receipt.sequence,
        "task": task,
    }))
}

/// Claims a task that the agent names.
///
/// # Errors
/// The task's or the agent's refusal.
pub async fn claim_one(
    app: &App,
    agent: &AgentId,
    task: TaskId,
    by: CommandContext,
) -> Result<Receipt, DispatchError> {
    let claim = ClaimTask {
        agent_id: agent.clone(),
    };
    app.commands
        .tasks
        .dispatch(&task.to_string(), claim, by)
        .await
}

/// Claims the ready task that is first in the list's order among those that fit the agent; nothing
/// when there is none, and for an agent that is paused or stopped.
///
/// # Errors
/// The agent holds as many tasks as it may, was revoked or is not known here; the command's id is
/// used up.
pub async fn claim_next(
    app: &App,
    agent: &AgentId,
    by: CommandContext,
) -> Result<Option<Receipt>, DispatchError> {
    let by = CommandContext {
        fingerprint: Some(fingerprint(agent, &by)),
        record_refusals: false,
        ..by
    };
    if let Some(first) = known(app, &by).await? {
        return Ok(Some(first));
    }
    let takers = TaskTakers {
        log: app.log.clone(),
        reads: app.reads.clone(),
    };
    let row = takers.agent(by.tenant, agent).await?;
    if row.desired_state != "running" && !row.revoked {
        return Ok(None);
    }
    check_agent(agent, &row)?;
    takers
        .reached(tasks::NAME, app.log.database_head().await?)
        .await?;
    let who = Wanted {
        agent,
        agent_type: &row.agent_type,
        capabilities: &row.capabilities,
    };
    let mut tried: Vec<Uuid> = Vec::new();
    for _ in 0..ROUNDS {
        let now = app.clock.now();
        let ready = tasks::ready_for(&app.reads, by.tenant, &who, now, &tried, CANDIDATES)
            .await
            .map_err(unavailable)?;
        for candidate in &ready {
            if let Some(receipt) = attempt(app, agent, *candidate, &by).await? {
                return Ok(Some(receipt));
            }
        }
        if ready.len() < usize::try_from(CANDIDATES).unwrap_or(usize::MAX) {
            break;
        }
        tried.extend(ready);
    }
    Ok(None)
}

/// One try; nothing when the task cannot be had any more.
async fn attempt(
    app: &App,
    agent: &AgentId,
    task: Uuid,
    by: &CommandContext,
) -> Result<Option<Receipt>, DispatchError> {
    let claim = ClaimTask {
        agent_id: agent.clone(),
    };
    let tasks = &app.commands.tasks;
    match tasks.dispatch(&task.to_string(), claim, by.clone()).await {
        Ok(receipt) => Ok(Some(receipt)),
        Err(DispatchError::Refused { refusal, .. }) if is_about_the_agent(&refusal.code) => {
            Err(DispatchError::refused(refusal))
        }
        Err(DispatchError::Refused { .. } | DispatchError::Conflict) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_about_the_agent(code: &str) -> bool {
    matches!(code, "agent_busy" | "agent_not_running" | "agent_revoked")
}

/// What the command got the first time.
async fn known(app: &App, by: &CommandContext) -> Result<Option<Receipt>, DispatchError> {
    let Some((recorded, same)) = app.writer.lookup(by.command_id).await? else {
        return Ok(None);
    };
    if Some(same) != by.fingerprint {
        return Err(DispatchError::Mismatch);
    }
    Ok(Some(Receipt {
        command_id: by.command_id,
        aggregate_id: recorded.aggregate_id,
        position: recorded.position,
        sequence: recorded.sequence,
        replayed: true,
    }))
}

/// What tells a claim of "the next task" from any other command under the same id.
fn fingerprint(agent: &AgentId, by: &CommandContext) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"task\0claim_task\0next\0");
    hash.update(by.tenant.as_uuid().as_bytes());
    hash.update(agent.as_str().as_bytes());
    hash.finalize().into()
}

/// The task as it is after the claim; its id alone when the read model is late. It is claimed:
/// nothing is an error any more.
async fn shown(app: &App, tenant: TenantId, agent: &AgentId, receipt: &Receipt) -> Value {
    let bare = json!({ "id": receipt.aggregate_id, "assigned_to": agent });
    let Ok(id) = receipt.aggregate_id.parse::<TaskId>() else {
        return bare;
    };
    match after::shown(
        app,
        tasks::NAME,
        receipt,
        tasks::one(&app.reads, tenant, id),
    )
    .await
    {
        Shown::Row(row) => json!(Task::numbered(row, receipt.sequence)),
        Shown::Nothing | Shown::Late => bare,
    }
}
