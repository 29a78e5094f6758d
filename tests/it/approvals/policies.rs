//! Which things need an approval, and whose.

use pantheon::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::words::{no, refusal, stage};
use crate::world::World;

#[tokio::test]
async fn the_built_in_policies_are_in_force_from_the_start() {
    let world = World::new().await;
    let (status, list) = world.get("/approval-policies").await;
    assert_eq!(status, 200);
    let list = list.as_array().expect("a bare array").clone();
    let names: Vec<_> = list
        .iter()
        .map(|policy| policy["resource_type"].clone())
        .collect();
    let expected = [
        "deployment",
        "fix_application",
        "order",
        "payment_refund",
        "workflow_gate",
    ];
    assert_eq!(names, expected);
    let (_, deployment) = world.get("/approval-policies/deployment").await;
    let when = &deployment["rules"][0]["when"];
    assert_eq!(when, &json!({ "environment": "production" }));
    let expected = json!([{ "name": "approval", "approvers": { "roles": ["admin"], "user_ids": [] },
        "required": 1, "timeout_seconds": 86400, "on_timeout": "expire" }]);
    assert_eq!(deployment["rules"][0]["stages"], expected);
    assert_eq!(
        (
            &deployment["four_eyes"],
            &deployment["distinct_across_stages"],
            &deployment["channels"]
        ),
        (&json!(true), &json!(true), &json!([]))
    );
    let (_, order) = world.get("/approval-policies/order").await;
    assert_eq!(order["rules"], json!([]));
    let refused = refusal(world.get("/approval-policies/cake").await);
    assert_eq!(refused, no(404, "not_found"));
}

#[tokio::test]
async fn a_policy_is_put_changed_and_taken_back() {
    let world = World::new().await;
    let path = "/approval-policies/payment_refund";
    let body = json!({ "rules": [
        { "when": { "min_amount": "100.00", "currency": "USD" }, "stages": [stage("boss", &["admin"], 2)] },
        { "stages": [stage("team", &["developer"], 1)] },
    ], "channels": ["finance"] });
    let (status, put) = world.put(path, body.clone()).await;
    assert_eq!(status, 200, "{put}");
    assert_eq!(
        (
            &put["resource_type"],
            &put["built_in"],
            &put["channels"],
            &put["sequence"]
        ),
        (
            &json!("payment_refund"),
            &json!(false),
            &json!(["finance"]),
            &json!("1")
        )
    );
    let (_, again) = world.put(path, body).await;
    assert_eq!(again["sequence"], "1", "the same again is no event");
    let ask = async |context: Value| {
        let body = json!({ "resource_type": "payment_refund", "resource_id": Uuid::now_v7(), "context": context });
        let (status, approval) = world.post("/approvals", body).await;
        assert_eq!(status, 201, "{approval}");
        approval["stages"][0]["name"].clone()
    };
    for (amount, name) in [("100.00", "boss"), ("99.99", "team")] {
        let context = json!({ "amount": amount, "currency": "USD" });
        assert_eq!(ask(context).await, name, "{amount}");
    }
    assert_eq!(
        ask(json!({})).await,
        "boss",
        "an unknown amount is a large one"
    );
    let (status, body) = world.delete(path).await;
    assert_eq!((status.as_u16(), body), (204, Value::Null));
    assert_eq!(ask(json!({})).await, "approval", "the built-in one again");
    let (_, policy) = world.get(path).await;
    assert_eq!(policy["built_in"], true);
    let refused = refusal(world.delete("/approval-policies/cake").await);
    assert_eq!(refused, no(404, "not_found"));
}

#[tokio::test]
async fn a_pending_approval_keeps_the_stages_that_it_was_asked_with() {
    let world = World::new().await;
    world
        .policy("cake", json!([stage("old", &["developer"], 1)]))
        .await;
    let id = world.asked(&world.admin, "cake").await;
    world
        .policy("cake", json!([stage("new", &["admin"], 2)]))
        .await;
    let dan = world.person("dan", Role::Developer);
    let approved = world.approve(&dan, &id).await;
    assert_eq!(
        (&approved["status"], &approved["stages"][0]["name"]),
        (&json!("approved"), &json!("old"))
    );
}

#[tokio::test]
async fn only_admins_change_policies() {
    let world = World::new().await;
    let path = "/approval-policies/cake";
    let body = json!({ "rules": [] });
    for role in [Role::Developer, Role::Viewer, Role::Auditor] {
        let token = world.role(role);
        let put = world
            .request_as(&token, reqwest::Method::PUT, path)
            .json(&body);
        let refused = refusal(crate::world::answer(put).await);
        assert_eq!(refused, no(403, "forbidden"), "{role}");
        let delete = world.request_as(&token, reqwest::Method::DELETE, path);
        let refused = refusal(crate::world::answer(delete).await);
        assert_eq!(refused, no(403, "forbidden"), "{role}");
        assert_eq!(
            world.get_as(&token, "/approval-policies").await.0,
            200,
            "{role}"
        );
    }
}

#[tokio::test]
async fn a_policy_that_breaks_a_limit_is_refused() {
    let world = World::new().await;
    let with = |field: &str, value: Value| {
        let mut stage = stage("taste", &["admin"], 1);
        stage[field] = value;
        json!({ "rules": [{ "stages": [stage] }] })
    };
    for (path, body, wanted) in [
        ("cake", json!({}), no(422, "validation_failed")),
        (
            "cake",
            json!({ "rules": [], "colour": "red" }),
            no(400, "malformed_request"),
        ),
        (
            "cake",
            json!({ "rules": [], "resource_type": "pie" }),
            no(400, "malformed_request"),
        ),
        (
            "cake",
            json!({ "rules": [{ "stages": [] }] }),
            no(422, "validation_failed"),
        ),
        (
            "cake",
            with("required", json!(0)),
            no(422, "validation_failed"),
        ),
        (
            "cake",
            with("timeout_seconds", json!(59)),
            no(422, "validation_failed"),
        ),
        (
            "cake",
            with("timeout_seconds", json!(2_592_001)),
            no(422, "validation_failed"),
        ),
        (
            "cake",
            with("on_timeout", json!("sleep")),
            no(400, "malformed_request"),
        ),
        (
            "cake",
            with("on_timeout", json!("escalate")),
            no(422, "validation_failed"),
        ),
        (
            "cake",
            with("approvers", json!({})),
            no(422, "stage_unsatisfiable"),
        ),
        ("Cake", json!({ "rules": [] }), no(422, "validation_failed")),
    ] {
        let put = world
            .put(&format!("/approval-policies/{path}"), body.clone())
            .await;
        assert_eq!(refusal(put), wanted, "{path} {body}");
    }
    let (_, list) = world.get("/approval-policies").await;
    let list = list.as_array().expect("a list").iter();
    assert!({ list }.all(|policy| policy["built_in"] == true));
}
