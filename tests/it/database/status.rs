//! The database's shape and state.

use pantheon_harness::Fault;
use reqwest::Method;
use serde_json::json;

use crate::world::{World, answer};

#[tokio::test(flavor = "multi_thread")]
async fn the_shape_and_the_state_are_those_of_the_callers_organisation() {
    let world = World::new().await;
    world.elsewhere().await;
    world.task_named(&world.admin, "one").await;
    world.settled().await;
    let (status, shape) = world.get("/database/schema").await;
    assert_eq!(status, 200, "{shape}");
    let tables = shape["tables"].as_array().expect("a list");
    for name in ["tasks", "agents", "logs", "deployments", "orders"] {
        assert!(tables.contains(&json!(name)), "{name}: {shape}");
    }
    for name in ["users", "sessions", "access_log", "events"] {
        assert!(!tables.contains(&json!(name)), "{name}: {shape}");
    }
    assert!(
        shape["total_records"].is_i64() && shape["size_bytes"].is_i64(),
        "{shape}"
    );
    let columns = shape["columns"]["tasks"].as_array().expect("columns");
    assert!(
        columns.contains(&json!({ "name": "name", "type": "text" })),
        "{shape}"
    );
    assert!(
        columns.iter().all(|column| column["name"] != "tenant"),
        "{shape}"
    );
    let keys = shape["columns"]["agents"].as_array().expect("columns");
    assert!(
        keys.iter().all(|column| column["name"] != "public_key"),
        "{shape}"
    );

    let (status, state) = world.get("/database/status").await;
    assert_eq!(status, 200, "{state}");
    let word = state["status"].as_str().expect("a word");
    assert!(["healthy", "degraded"].contains(&word), "{state}");
    assert!(
        state["connections"].is_u64() && state["latency_ms"].is_f64(),
        "{state}"
    );

    for path in ["/database/status/detailed", "/infrastructure/database"] {
        let (status, all) = world.get(path).await;
        assert_eq!(status, 200, "{all}");
        assert_eq!(all["connected"], true);
        assert_eq!(all["total_tables"], json!(tables.len()), "{path}");
        assert!(
            all["database_name"]
                .as_str()
                .is_some_and(|name| !name.is_empty()),
            "{all}"
        );
        let table = &all["tables"][0];
        assert!(
            table["name"].is_string() && table["owner"].is_string(),
            "{table}"
        );
        for name in ["active_connections", "idle_connections", "max_connections"] {
            assert!(all["connection_pool"][name].is_u64(), "{name}: {all}");
        }
    }
    // Without the feature there is nothing to see, in the usual shape.
    let stranger = world.stranger();
    let (status, shape) =
        answer(world.request_as(&stranger, Method::GET, "/database/schema")).await;
    assert_eq!(status, 200);
    assert_eq!(
        shape,
        json!({ "tables": [], "total_records": 0, "size_bytes": 0, "columns": {} })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_is_said_with_200() {
    let (world, proxy) = World::behind_proxy(&[]).await;
    assert_eq!(world.get("/database/status").await.0, 200);
    proxy.set(Fault::Refuse);
    proxy.cut();
    let (status, state) = world.get("/database/status").await;
    assert_eq!(
        (status.as_u16(), &state["status"]),
        (200, &json!("unhealthy")),
        "{state}"
    );
    let (status, all) = world.get("/database/status/detailed").await;
    assert_eq!(
        (status.as_u16(), &all["connected"]),
        (200, &json!(false)),
        "{all}"
    );
    let (status, health) = world.get("/health").await;
    assert_eq!(status, 200, "{health}");
    let word = health["database"]["status"].as_str().expect("a word");
    assert!(word.starts_with("error: "), "{health}");
    assert_eq!(health["status"], "ok");
}
