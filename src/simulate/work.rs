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
        log(
            link,
            &format!(
                "{message} for {}",
                task["name"].as_str().unwrap_or("a task")
            ),
        )
        .await;
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
    let result = json!({ "summary": "done", "quality_score": random.random_range(70..=100) });
    if let Reply::Ok(_) = link
        .command("complete_task", json!({ "task_id": id, "result": result }))
        .await
    {
        link.tally.completed();
    }
}

async fn log(link: &Link, message: &str) {
    let entry = json!({ "level": "INFO", "message": message });
    link.command("append_log", json!({ "entries": [entry] }))
        .await;
}
