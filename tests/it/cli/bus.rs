//! `bus status|rebuild|config`.

use serde_json::json;

use super::words::{Cli, tasks};
use crate::world::World;

#[tokio::test]
async fn the_copy_on_the_bus_is_held_against_the_log_and_filled_anew() {
    let world = World::with_bus(&[]).await;
    let cli = Cli::of(&world);
    let head = tasks(&world, world.tenant, 20).await;
    let whole = async || {
        let status = cli.json(&["bus", "status"]).await;
        let at = status["mirror"]["position"].as_str().map(str::to_owned);
        let enough = at.and_then(|at| at.parse::<i64>().ok()) >= Some(head.get());
        enough.then_some(status)
    };
    let status = pantheon_harness::soon(whole).await;
    assert_eq!(
        (&status["connected"], &status["mirror"]["stream"]),
        (&json!(true), &json!("filled"))
    );
    let url = world.nats.as_ref().expect("a bus").url();
    assert_eq!(status["url"], url.as_str());
    assert!(cli.ok(&["bus", "status"]).await.contains("mirror.position"));

    let asked = cli.ends(&["bus", "rebuild"], 2).await;
    assert!(asked.err.contains("--yes"), "{}", asked.err);
    cli.ok(&["bus", "rebuild", "--yes"]).await;
    pantheon_harness::soon(whole).await;
}

#[tokio::test]
async fn a_node_without_a_bus_says_how_to_get_one() {
    let world = World::new().await;
    let ended = Cli::of(&world).ends(&["bus", "status"], 1).await;
    assert!(ended.err.contains("NATS_URL"), "{}", ended.err);
}

#[tokio::test]
async fn the_configuration_of_a_nats_server_holds_public_keys_alone() {
    let cli = Cli::new();
    let config = cli.ok(&["bus", "config"]).await;
    assert!(
        config.contains("auth_callout") && config.contains("store_dir"),
        "{config}"
    );
    let keys = cli.dir().join("keys").join("nats.json");
    let keys = std::fs::read_to_string(keys).expect("the keys are kept");
    let keys: serde_json::Value = serde_json::from_str(&keys).expect("JSON");
    for seed in keys.as_object().expect("seeds").values() {
        let seed = seed.as_str().expect("a seed");
        assert!(!config.contains(seed), "a secret is printed");
    }
    assert_eq!(
        cli.ok(&["bus", "config"]).await,
        config,
        "the same keys again"
    );
}
