//! What a node with only some parts answers, and who an agent is at a door.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::world::{World, answer};

#[tokio::test]
async fn a_node_without_doors_says_how_it_is_and_nothing_else() {
    let world = World::with(&[("PANTHEON_ROLE", "projector")]).await;
    let live = world.outside("/livez").send().await.expect("an answer");
    assert_eq!(live.status(), 200);
    for path in ["/tasks", "/agents", "/events", "/commands", "/live", "/ws"] {
        assert_eq!(world.get(path).await.0, 404, "{path}");
    }
    assert_eq!(world.post("/tasks", json!({ "name": "A" })).await.0, 404);
}

#[tokio::test]
async fn a_node_without_live_doors_answers_requests_only() {
    let world = World::with(&[("PANTHEON_ROLE", "api,projector")]).await;
    assert_eq!(world.get("/tasks").await.0, 200);
    assert_eq!(world.get("/live").await.0, 404);
    let socket = world.outside("/ws").send().await.expect("an answer");
    assert_eq!(socket.status(), 404);
}

#[tokio::test]
async fn con_02_an_agent_may_use_every_name_of_its_type_for_itself_and_no_other_s_id() {
    let world = World::new().await;
    let agent = world.agent("codegen", "codegen").await;
    world.current("/agents/codegen").await;
    let auth = &world.node.app().auth;
    let day = Duration::from_secs(86_400);
    let token = auth.issue_agent(agent, world.tenant, day).token;
    let ask = async |method, path: &str| answer(world.request_as(&token, method, path)).await;
    for name in ["codegen", "codegen-agent", "CodeGenAgent"] {
        let beat = format!("/agents/{name}/heartbeat");
        let (status, body) = ask(Method::POST, &beat).await;
        assert_eq!(status, 200, "{name}: {body}");
        let (status, body) = ask(Method::GET, &format!("/agents/{name}")).await;
        assert_eq!((status.as_u16(), &body["id"]), (200, &json!("codegen")));
    }
    assert_eq!(ask(Method::POST, "/agents/review/heartbeat").await.0, 403);

    world.agent("codegen-agent", "codegen").await;
    world.current("/agents/codegen-agent").await;
    for (method, path) in [
        (Method::POST, "/agents/codegen-agent/heartbeat"),
        (Method::GET, "/agents/codegen-agent"),
        (Method::GET, "/agents/codegen-agent/metrics"),
        (Method::GET, "/agents/codegen-agent/logs"),
    ] {
        let (status, body) = ask(method, path).await;
        assert_eq!(status, 403, "{path}: {body}");
    }
}
