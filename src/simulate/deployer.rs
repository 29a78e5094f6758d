//! Playing the deployment agent: the four stages in order.

use rand::Rng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::Profile;
use super::link::{Link, Reply};

const STAGES: [&str; 4] = ["build", "test", "deploy", "verify"];

/// Rolls out the deployment that the agent was told of.
pub(super) async fn deploy(link: &Link, told: &Value, profile: Profile, random: &mut StdRng) {
    let with = |mut data: Value| {
        data["environment_id"] = told["environment_id"].clone();
        data["deployment_id"] = told["deployment_id"].clone();
        data
    };
    if !ok(link.command("start_deployment", with(json!({}))).await) {
        return;
    }
    for stage in STAGES.into_iter().filter(|stage| !is_done(told, stage)) {
        let steps = [
            ("start_stage", json!({ "stage": stage })),
            (
                "report_stage",
                json!({ "stage": stage, "progress": 50, "message": stage }),
            ),
            ("complete_stage", json!({ "stage": stage })),
        ];
        for (command, data) in steps {
            sleep(profile.step.mul_f64(random.random_range(0.2..0.6))).await;
            if !ok(link.command(command, with(data)).await) {
                return;
            }
        }
    }
    let end = with(json!({ "health_check_status": "healthy" }));
    link.command("complete_deployment", end).await;
}

/// Whether an earlier run of the agent came that far.
fn is_done(told: &Value, stage: &str) -> bool {
    let done = told["completed_stages"].as_array();
    done.is_some_and(|done| done.iter().any(|name| name == stage))
}

fn ok(reply: Reply) -> bool {
    matches!(reply, Reply::Ok(_))
}
