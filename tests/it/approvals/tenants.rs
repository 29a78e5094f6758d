//! G13: approvals of one tenant do not exist for another, and a viewer sees its own.

use pantheon::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::words::{no, refusal, stage};
use crate::world::{World, bytes};

#[tokio::test]
async fn g13_another_tenant_s_approval_is_like_none() {
    let world = World::new().await;
    let id = world.asked(&world.admin, "payment_refund").await;
    let (stranger, missing) = (world.stranger(), Uuid::now_v7().to_string());
    let reject = json!({ "comments": "x" });
    for (method, path, body) in [
        (Method::GET, "", None),
        (Method::POST, "/approve", Some(json!({}))),
        (Method::POST, "/reject", Some(reject)),
        (Method::POST, "/cancel", Some(json!({}))),
    ] {
        let mut answers = Vec::new();
        for id in [&id, &missing] {
            let path = format!("/approvals/{id}{path}");
            let mut request = world.request_as(&stranger, method.clone(), &path);
            if let Some(body) = &body {
                request = request.json(body);
            }
            answers.push(bytes(request).await);
        }
        assert_eq!(answers[0].0, 404, "{path}");
        assert_eq!(answers[0], answers[1], "{path}");
    }
    let (_, list) = world.get_as(&stranger, "/approvals").await;
    assert_eq!(list, json!([]));
    let body = json!({ "id": id });
    let refused = refusal(
        world
            .post_as(&stranger, "/commands/approval/approve", body)
            .await,
    );
    assert_eq!(refused, no(404, "not_found"));
    let (_, mine) = world.get(&format!("/approvals/{id}")).await;
    assert_eq!(mine["status"], "pending");
}

#[tokio::test]
async fn g13_policies_of_one_tenant_do_not_bind_another() {
    let world = World::new().await;
    world
        .policy("cake", json!([stage("taste", &["admin"], 1)]))
        .await;
    let stranger = world.stranger();
    let refused = refusal(world.get_as(&stranger, "/approval-policies/cake").await);
    assert_eq!(refused, no(404, "not_found"));
    let body = json!({ "resource_type": "cake", "resource_id": Uuid::now_v7() });
    let refused = refusal(world.post_as(&stranger, "/approvals", body).await);
    assert_eq!(refused, no(422, "no_policy"));
}

#[tokio::test]
async fn g13_the_same_subject_in_two_tenants_is_two_approvals() {
    let world = World::new().await;
    let stranger = world.stranger();
    let body = json!({ "resource_type": "payment_refund", "resource_id": Uuid::now_v7() });
    let (first, mine) = world.post("/approvals", body.clone()).await;
    let (second, theirs) = world.post_as(&stranger, "/approvals", body).await;
    assert_eq!((first.as_u16(), second.as_u16()), (201, 201));
    assert_ne!(mine["id"], theirs["id"]);
}

#[tokio::test]
async fn g13_a_viewer_sees_its_own_and_those_that_name_it() {
    let world = World::new().await;
    world
        .policy("cake", json!([stage("taste", &["viewer"], 1)]))
        .await;
    let (vera, alice) = (
        world.person("vera", Role::Viewer),
        world.person("alice", Role::Viewer),
    );
    let own = world.asked(&vera, "payment_refund").await;
    let foreign = world.asked(&alice, "payment_refund").await;
    let named = world.asked(&alice, "cake").await;
    let see = async |id: &str| world.get_as(&vera, &format!("/approvals/{id}")).await;
    for id in [&own, &named] {
        assert_eq!(see(id).await.0, 200);
    }
    assert_eq!(refusal(see(&foreign).await), no(404, "not_found"));
    assert_eq!(
        see(&foreign).await.1["detail"],
        see(&Uuid::now_v7().to_string()).await.1["detail"]
    );
    let (_, list) = world.get_as(&vera, "/approvals").await;
    let ids: Vec<&Value> = list
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| &one["id"])
        .collect();
    assert_eq!(ids, [&json!(named), &json!(own)]);
    assert_eq!(world.approve(&vera, &named).await["status"], "approved");
    for role in [Role::Developer, Role::Auditor] {
        let (status, _) = world
            .get_as(&world.role(role), &format!("/approvals/{foreign}"))
            .await;
        assert_eq!(status, 200, "{role} sees all");
    }
    let refused = refusal(
        world
            .post_as(
                &world.role(Role::Auditor),
                &format!("/approvals/{own}/approve"),
                json!({}),
            )
            .await,
    );
    assert_eq!(refused, no(403, "forbidden"));
}
