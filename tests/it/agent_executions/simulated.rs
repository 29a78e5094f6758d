//! CON-14: simulated agents carry executions out, as any agent would.

use std::time::Duration;

use pantheon::simulate::{Fleet, Profile};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn an_execution_is_completed_by_a_simulated_agent() {
    let world = World::with_bus(&[]).await;
    let keys = world.enrol("worker-1", "codegen").await;
    let repository = world.repository("octo/cat").await;
    let body = json!({ "repository_id": repository, "issue_number": 7, "agent_type": "codegen",
        "options": { "auto_pr": true } });
    let (status, made) = world.post("/agents/execute", body).await;
    assert_eq!(status, 201, "{made}");
    let id = made["id"].as_str().expect("an id");
    let profile = Profile {
        heartbeat: Duration::from_secs(1),
        look: Duration::from_millis(100),
        step: Duration::from_millis(10),
        failures: 0,
        works: true,
    };
    let url = world.nats.as_ref().expect("a bus").url();
    let fleet = Fleet::start(&url, vec![keys], profile, 7, CancellationToken::new());
    let done = world.execution_until(id, "completed").await;
    assert!(done["quality_score"].is_number() && done["pr_number"].is_number());
    assert_eq!(done["result_summary"]["summary"], "done");
    let happened = world.happened_to(id).await;
    let told = |wanted: &str| happened.iter().filter(|kind| *kind == wanted).count();
    assert_eq!(told("agent_execution_progressed"), 3, "{happened:?}");
    assert_eq!(told("agent_execution_log_appended"), 3, "{happened:?}");
    let lines = world
        .current(&format!("/agents/executions/{id}/logs"))
        .await;
    assert_eq!(lines[0]["message"], "reading for codegen on octo/cat#7");
    fleet.stop().await;
}
