//! The same rule behind every door: the endpoints, the generic door, and NATS.

use pantheon::auth::Role;
use pantheon_events::Sequence;
use serde_json::{Value, json};
use uuid::Uuid;

use super::words::{no, refusal};
use crate::world::{World, code, send};

/// Votes through one of the doors; the status and the body.
async fn vote(
    world: &World,
    service: &async_nats::Client,
    door: &str,
    token: &str,
    id: &str,
) -> (u16, Value) {
    match door {
        "endpoint" => {
            let path = format!("/approvals/{id}/approve");
            let (status, body) = world.post_as(token, &path, json!({})).await;
            (status.as_u16(), body)
        }
        "generic" => {
            let path = "/commands/approval/approve";
            let (status, body) = world.post_as(token, path, json!({ "id": id })).await;
            (status.as_u16(), body)
        }
        _ => {
            let body = json!({ "id": id });
            let body = send(service, "approval.approve", Some(token), &body).await;
            let status = body["status"].as_u64().expect("a status");
            (u16::try_from(status).expect("a status"), body)
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_named_by_role_decides_at_every_door_and_nobody_else_does() {
    let world = World::with_bus(&[]).await;
    let service = world.service().await;
    let viewer = world.person("vera", Role::Viewer);
    let developer = world.person("dan", Role::Developer);
    let admin = world.person("bob", Role::Admin);
    for door in ["endpoint", "generic", "nats"] {
        let id = world.asked(&world.admin, "payment_refund").await;
        for token in [&viewer, &developer] {
            let (status, body) = vote(&world, &service, door, token, &id).await;
            assert_eq!((status, code(&body)), no(403, "forbidden"), "{door}");
        }
        let own = vote(&world, &service, door, &world.admin, &id).await;
        assert_eq!((own.0, code(&own.1)), no(422, "four_eyes"), "{door}");
        let (status, body) = vote(&world, &service, door, &admin, &id).await;
        assert_eq!(status, 200, "{door}: {body}");
        let shown = world.current(&format!("/approvals/{id}")).await;
        assert_eq!(shown["status"], "approved", "{door}");
        let (status, body) = vote(&world, &service, door, &admin, &id).await;
        assert_eq!((status, code(&body)), no(422, "approval_closed"), "{door}");
    }
    let body = json!({ "id": Uuid::now_v7() });
    let nobody = send(&service, "approval.approve", Some("x"), &body).await;
    assert_eq!(nobody["status"], 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_takes_a_request_back_at_every_door() {
    let world = World::with_bus(&[]).await;
    let service = world.service().await;
    let alice = world.person("alice", Role::Viewer);
    let (bob, admin) = (
        world.person("bob", Role::Developer),
        world.person("root", Role::Admin),
    );
    for door in ["generic", "nats"] {
        let id = world.asked(&alice, "payment_refund").await;
        let cancel = async |token: &str| match door {
            "generic" => {
                let path = "/commands/approval/cancel_approval";
                world.post_as(token, path, json!({ "id": id })).await.1
            }
            _ => {
                let body = json!({ "id": id });
                send(&service, "approval.cancel_approval", Some(token), &body).await
            }
        };
        assert_eq!(code(&cancel(&bob).await), "forbidden", "{door}");
        assert_eq!(cancel(&admin).await["verdict"], "accepted", "{door}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_requests_on_the_bus_and_does_not_decide() {
    let world = World::with_bus(&[]).await;
    let keys = world.enrol("worker-1", "codegen").await;
    let agent = world.join(&keys).await;
    let data = json!({ "resource_type": "fix_application", "resource_id": Uuid::now_v7(),
        "subject_digest": "d1" });
    let asked = agent.done("request_approval", data.clone()).await;
    let id = asked["id"].as_str().expect("an id").to_owned();
    let again = agent.ask("request_approval", data).await;
    assert_eq!(
        (&again["status"], code(&again)),
        (&json!(409), "already_exists".to_owned())
    );
    let shown = world.current(&format!("/approvals/{id}")).await;
    assert_eq!(
        (&shown["requester_id"], &shown["status"]),
        (&json!("worker-1"), &json!("pending"))
    );
    let vote = agent.ask("approve", json!({ "id": id })).await;
    assert_eq!(code(&vote), "not_found", "agents know no such command");
    let app = world.node.app();
    let ttl = std::time::Duration::from_secs(600);
    let token = app.auth.issue_agent(keys.agent.clone(), world.tenant, ttl);
    let path = format!("/approvals/{id}/approve");
    let refused = refusal(world.post_as(&token.token, &path, json!({})).await);
    assert_eq!(refused, no(403, "forbidden"));
    let dan = world.person("dan", Role::Developer);
    assert_eq!(world.approve(&dan, &id).await["status"], "approved");
}

#[tokio::test]
async fn the_generic_door_asks_for_the_subject_s_own_stream() {
    let world = World::new().await;
    let resource = Uuid::now_v7();
    let data = json!({ "resource_type": "payment_refund", "resource_id": resource });
    let path = "/commands/approval/request_approval";
    let refused = refusal(world.post(path, json!({ "data": data })).await);
    assert_eq!(
        refused,
        no(422, "validation_failed"),
        "not where others would look"
    );
    let (_, made) = world.post("/approvals", data.clone()).await;
    let body = json!({ "id": made["id"], "data": data });
    let refused = refusal(world.post(path, body).await);
    assert_eq!(refused, no(409, "already_exists"));
    let app = world.node.app();
    let id = made["id"].as_str().expect("an id");
    let events = app.log.stream("approval", id, Sequence::ZERO, 10).await;
    assert_eq!(events.expect("the stream").len(), 2);
}
