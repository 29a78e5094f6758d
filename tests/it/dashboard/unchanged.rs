//! CON-88: the console's pages are polled, and unchanged while nothing on them changes.

use pantheon::auth::Role;
use pantheon_events::TenantId;
use reqwest::Method;
use serde_json::json;

use crate::world::{Reply, World, answer, reply};

/// No node samples of its own: nothing commits unless the test does it.
const QUIET: [(&str, &str); 1] = [("PANTHEON_SYSTEM_SAMPLE", "1h")];

async fn poll(world: &World, path: &str, tag: Option<&str>) -> Reply {
    let path = format!("{path}?min_position={}&wait=10", world.head().await);
    let request = world.request(Method::GET, &path);
    match tag {
        Some(tag) => reply(request.header("if-none-match", tag)).await,
        None => reply(request).await,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn con_88_the_pages_are_unchanged_while_another_tenant_works() {
    let world = World::with(&QUIET).await;
    let agent = world.agent("worker-1", "codegen").await;
    world.beat(&agent, json!({})).await;
    world
        .task(json!({ "name": "step", "metadata": { "stage": "preparation" } }))
        .await;
    let pages = [
        "/dashboard/summary",
        "/dashboard/recent",
        "/activity/events",
        "/timeline",
        "/deployments/pipeline",
    ];
    let mut tags = Vec::new();
    for path in pages {
        let first = poll(&world, path, None).await;
        assert_eq!(first.status, 200, "{path}: {}", first.body);
        tags.push(first.headers["etag"].to_str().expect("text").to_owned());
    }
    let elsewhere = world.token(TenantId::of_slug("elsewhere"), Role::Admin);
    let theirs = world.request_as(&elsewhere, Method::POST, "/tasks");
    let (status, body) = answer(theirs.json(&json!({ "name": "theirs" }))).await;
    assert_eq!(status, 201, "{body}");
    for (path, tag) in pages.iter().zip(&tags) {
        let again = poll(&world, path, Some(tag)).await;
        assert_eq!(again.status, 304, "{path}: {}", again.body);
    }
    world.complain(&agent, "oops").await;
    let repository = world.repository("octo/cat").await;
    world.execute(&repository, "codegen", 7).await;
    for (path, tag) in pages.iter().zip(&tags) {
        let changed = poll(&world, path, Some(tag)).await;
        assert_eq!(changed.status, 200, "{path}");
    }
}
