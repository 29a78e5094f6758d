//! Doing a task: progress in steps, then done, or failed now and then.

use rand::Rng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::Profile;
use super::link::{Link, Reply};

const STEPS: [(u32, &str); 3] = [(25, "reading"), (60, "writing"), (90, "checking")];

/// Asks for the next task that is ready.
pub(super) async fn claim(link: &Link) -> Option<Value> {
    match link.command("claim_task", json!({})).await {
        Reply::Ok(answer) if answer["task"].is_object() => Some(answer["task"].clone()),
        _ => None,
    }
}

/// Works on a task until it is done, failed, or no longer this agent's.
pub(super) async fn carry_out(link: &Link, task: &Value, profile: Profile, random: &mut StdRng) {
    let id = &task["id"];
    for (progress, message) in STEPS {
        sleep(profile.step.mul_f64(random.random_range(0.3..1.0))).await;
        log(link, task, message).await;
        let data = json!({ "task_id": id, "progress": progress, "message": message });
        if let Reply::Refused = link.command("report_progress", data).await {
            return;
        }
    }
    if random.random_range(0..100) < profile.failures {
        let data =
            json!({ "task_id": id, "error": "the simulated work failed", "retryable": true });
        if let Reply::Ok(_) = link.command("fail_task", data).await {
            link.tally.failed();
        }
        return;
    }
    let mut result = json!({ "summary": "done", "quality_score": random.random_range(70..=100) });
    if task["metadata"]["options"]["auto_pr"] == true {
        result["pr_number"] = random.random_range(1..=9_999).into();
    }
    if let Reply::Ok(_) = link
        .command("complete_task", json!({ "task_id": id, "result": result }))
        .await
    {
        link.tally.completed();
    }
}

/// A line for the agent's log, or for that of the execution that the task carries.
async fn log(link: &Link, task: &Value, doing: &str) {
    let name = task["name"].as_str().unwrap_or("a task");
    let mut entry = json!({ "level": "INFO", "message": format!("{doing} for {name}") });
    if let Some(execution) = task["execution_id"].as_str() {
        entry["execution_id"] = execution.into();
    }
    link.command("append_log", json!({ "entries": [entry] }))
        .await;
}
