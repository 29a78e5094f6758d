//! Process `deployment_watch`: what nobody carries on with fails.

use serde_json::json;

use crate::world::World;

const MINUTE: i64 = 60;

#[tokio::test]
async fn what_is_not_started_within_ten_minutes_fails() {
    let world = World::new().await;
    let waiting = world.deploy("production", "v1").await;
    world.approval_of(&waiting).await;
    let id = world.deploy("staging", "v1").await;
    world.happens("staging", "deployment_released").await;
    world.time.pass(9 * MINUTE);
    let other = world.deploy("development", "v1").await;
    world.happens("development", "deployment_released").await;
    world.time.pass(MINUTE + 5);
    let ended = world.until(&id, |one| one["status"] == "failed").await;
    let error = ended["error"].as_str().expect("a reason");
    assert!(error.contains("not started within 10 minutes"), "{error}");
    assert_eq!(world.deployment(&other).await["status"], "pending");
    let patient = world.deployment(&waiting).await;
    assert_eq!(patient["status"], "pending", "an approval has its own time");
    world.rolled_out("staging", "v2").await;
}

#[tokio::test]
async fn what_is_silent_for_half_an_hour_fails_and_a_log_line_is_a_sign_of_life() {
    let world = World::new().await;
    for environment in ["staging", "development"] {
        let id = world.deploy(environment, "v1").await;
        world.happens(environment, "deployment_released").await;
        let start = json!({ "deployment_id": id });
        let said = world.says("deployment", environment, "start_deployment", start);
        assert_eq!(said.await, Ok(()));
    }
    let newest = async |environment: &str| {
        let list = world
            .current(&format!("/deployments?environment={environment}"))
            .await;
        list[0]["id"].as_str().expect("an id").to_owned()
    };
    let (silent, alive) = (newest("staging").await, newest("development").await);
    world.time.pass(29 * MINUTE);
    let line = json!({ "deployment_id": alive, "entries": [{ "level": "INFO", "message": "still at it" }] });
    let said = world.says("deployment", "development", "append_deployment_log", line);
    assert_eq!(said.await, Ok(()));
    world.time.pass(MINUTE + 5);
    let ended = world.until(&silent, |one| one["status"] == "failed").await;
    assert_eq!(ended["error"], "nothing was heard of it for 30 minutes");
    assert_eq!(world.deployment(&alive).await["status"], "running");
}
