//! What the endpoints of one approval answer.

use pantheon::auth::Role;
use pantheon_events::CommandId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::words::{no, refusal, stage};
use crate::world::{World, problem, reply};

const FIELDS: [&str; 18] = [
    "id",
    "resource_type",
    "resource_id",
    "requester_id",
    "approver_id",
    "status",
    "comments",
    "approved_at",
    "created_at",
    "title",
    "context",
    "subject_digest",
    "current_stage",
    "stages",
    "consumed_at",
    "expires_at",
    "sequence",
    "position",
];

#[tokio::test]
async fn a_request_is_answered_with_every_field() {
    let world = World::new().await;
    let resource = Uuid::now_v7();
    let request = world.request(Method::POST, "/approvals").json(&json!({
        "resource_type": "payment_refund", "resource_id": resource, "title": "Refund 120 USD",
        "context": { "amount": "120.00", "currency": "USD" }, "subject_digest": "d1",
        "comments": "broken on arrival",
    }));
    let made = reply(request).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let approval = made.body;
    for field in FIELDS {
        assert!(approval.get(field).is_some(), "{field}: {approval}");
    }
    let id = approval["id"].as_str().expect("an id");
    assert_eq!(made.headers["location"], format!("/api/v1/approvals/{id}"));
    let expected = json!({
        "resource_type": "payment_refund", "resource_id": resource, "status": "pending",
        "requester_id": crate::world::ADMIN, "approver_id": null, "approved_at": null,
        "title": "Refund 120 USD", "context": { "amount": "120.00", "currency": "USD" },
        "subject_digest": "d1", "current_stage": 0, "consumed_at": null, "sequence": "2",
        "comments": null, "request_comments": "broken on arrival",
    });
    for (field, value) in expected.as_object().expect("fields") {
        assert_eq!(&approval[field], value, "{field}");
    }
    let stages = approval["stages"].as_array().expect("stages");
    let expected = json!({
        "index": 0, "name": "approval", "approvers": { "roles": ["admin"], "user_ids": [] },
        "required": 1, "status": "open", "decisions": [],
    });
    assert_eq!(stages.len(), 1);
    for (field, value) in expected.as_object().expect("fields") {
        assert_eq!(&stages[0][field], value, "{field}");
    }
    assert_eq!(stages[0]["deadline"], approval["expires_at"]);
    let (status, read) = world.get(&format!("/approvals/{id}")).await;
    assert_eq!(
        (status.as_u16(), &read["stages"]),
        (200, &approval["stages"])
    );
}

#[tokio::test]
async fn a_decision_shows_who_when_and_why() {
    let world = World::new().await;
    let bob = world.person("bob", Role::Admin);
    let id = world.asked(&world.admin, "payment_refund").await;
    let body = json!({ "comments": "fine", "conditions": ["keep the receipt"] });
    let path = format!("/approvals/{id}/approve");
    let (status, approval) = world.post_as(&bob, &path, body).await;
    assert_eq!(status, 200, "{approval}");
    let expected = json!({ "status": "approved", "approver_id": "bob", "comments": "fine" });
    for (field, value) in expected.as_object().expect("fields") {
        assert_eq!(&approval[field], value, "{field}");
    }
    let decision = &approval["stages"][0]["decisions"][0];
    assert_eq!(decision["decided_at"], approval["approved_at"]);
    let expected = json!({ "user_id": "bob", "decision": "approve", "comments": "fine",
        "conditions": ["keep the receipt"] });
    for (field, value) in expected.as_object().expect("fields") {
        assert_eq!(&decision[field], value, "{field}");
    }
    assert_eq!(approval["stages"][0]["status"], "approved");
}

#[tokio::test]
async fn one_request_is_pending_per_resource_and_subject() {
    let world = World::new().await;
    let resource = Uuid::now_v7();
    let body = |digest: Value| json!({ "resource_type": "payment_refund", "resource_id": resource, "subject_digest": digest });
    let ask = async |digest| world.post("/approvals", body(digest)).await;
    let (_, first) = ask(json!("d1")).await;
    assert_eq!(refusal(ask(json!("d1")).await), no(409, "already_exists"));
    assert_eq!(ask(json!("d2")).await.0, 201, "another subject");
    let id = first["id"].as_str().expect("an id");
    world
        .reject(&world.person("bob", Role::Admin), id, "too much")
        .await;
    let (status, again) = ask(json!("d1")).await;
    assert_eq!((status.as_u16(), &again["id"]), (201, &first["id"]));
    assert_eq!(
        (&again["status"], &again["approver_id"]),
        (&json!("pending"), &Value::Null)
    );
    world.approve(&world.person("bob", Role::Admin), id).await;
    let (status, more) = ask(json!("d1")).await;
    assert_eq!((status.as_u16(), &more["status"]), (201, &json!("pending")));
}

#[tokio::test]
async fn approvals_and_policies_are_shown_as_they_were() {
    let world = World::new().await;
    let before = world.head().await;
    let id = world.asked(&world.admin, "payment_refund").await;
    let path = format!("/approvals/{id}");
    let (then, was) = (world.head().await, world.current(&path).await);
    world.approve(&world.person("bob", Role::Admin), &id).await;
    assert_eq!(world.current(&path).await["status"], "approved");
    let past = async |path: &str, at| world.get(&format!("{path}?as_of={at}")).await;
    assert_eq!(past(&path, then).await, (StatusCode::OK, was));
    assert_eq!(past(&path, before).await.0, 404);

    world
        .policy("cake", json!([stage("taste", &["admin"], 1)]))
        .await;
    let then = world.head().await;
    let (_, was) = world.get("/approval-policies/cake").await;
    world
        .policy("cake", json!([stage("smell", &["admin"], 1)]))
        .await;
    assert_eq!(world.delete("/approval-policies/cake").await.0, 204);
    assert_eq!(
        past("/approval-policies/cake", then).await,
        (StatusCode::OK, was)
    );
    let now = world.head().await;
    assert_eq!(past("/approval-policies/cake", now).await.0, 404);
    let built_in = past("/approval-policies/payment_refund", before).await.1;
    assert_eq!(built_in["built_in"], true);
    for list in ["/approvals", "/approval-policies"] {
        let refused = refusal(past(list, then).await);
        assert_eq!(refused, no(400, "malformed_request"), "{list}");
    }
}

#[tokio::test]
async fn who_may_not_see_an_approval_learns_nothing_of_it() {
    let world = World::new().await;
    let id = world.asked(&world.admin, "payment_refund").await;
    let eve = world.person("eve", Role::Viewer);
    let missing = Uuid::now_v7().to_string();
    for id in [&id, &missing] {
        let path = format!("/approvals/{id}/cancel");
        let refused = refusal(world.post_as(&eve, &path, json!({})).await);
        assert_eq!(refused, no(404, "not_found"));
    }
    // Nor by sending the requester's command again.
    let body = json!({ "resource_type": "payment_refund", "resource_id": Uuid::now_v7() });
    let ask = async |token: &str| {
        let request = world
            .request_as(token, Method::POST, "/approvals")
            .json(&body);
        reply(request.header("idempotency-key", "0199aa00-0000-7000-8000-000000000078")).await
    };
    let first = ask(&world.admin).await;
    let again = ask(&eve).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 201));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.body["id"], first.body["id"]);
    assert!(again.body.get("requester_id").is_none(), "{}", again.body);
}

#[tokio::test]
async fn what_no_policy_asks_for_cannot_be_requested() {
    let world = World::new().await;
    let resource = Uuid::now_v7();
    for (kind, context) in [
        ("order", json!({})),
        ("cake", json!({})),
        ("deployment", json!({ "environment": "staging" })),
    ] {
        let body = json!({ "resource_type": kind, "resource_id": resource, "context": context });
        let refused = refusal(world.post("/approvals", body).await);
        assert_eq!(refused, no(422, "no_policy"), "{kind}");
    }
    let context = json!({ "environment": "production" });
    let body =
        json!({ "resource_type": "deployment", "resource_id": resource, "context": context });
    assert_eq!(world.post("/approvals", body).await.0, 201);
}

#[tokio::test]
async fn a_stage_that_only_the_requester_could_satisfy_is_refused() {
    let world = World::new().await;
    let approvers = json!({ "user_ids": ["alice", "bob"] });
    let stages = json!([{ "name": "taste", "approvers": approvers, "required": 1 }]);
    world.policy("cake", stages).await;
    let two = json!([{ "name": "taste", "approvers": approvers, "required": 2 }]);
    let body = json!({ "rules": [{ "stages": two }] });
    let refused = refusal(world.put("/approval-policies/cake", body.clone()).await);
    assert_eq!(refused, no(422, "stage_unsatisfiable"));
    // A policy may say that it is enough without the requester in mind; a request may not.
    let mut loose = body;
    loose["four_eyes"] = json!(false);
    assert_eq!(world.put("/approval-policies/cake", loose).await.0, 200);
    let body = json!({ "resource_type": "cake", "resource_id": Uuid::now_v7() });
    let alice = world.person("alice", Role::Viewer);
    let refused = refusal(world.post_as(&alice, "/approvals", body.clone()).await);
    assert_eq!(refused, no(422, "stage_unsatisfiable"));
    assert_eq!(world.post("/approvals", body).await.0, 201);
}

#[tokio::test]
async fn bad_bodies_are_refused_and_change_nothing() {
    let world = World::new().await;
    let id = world.asked(&world.admin, "payment_refund").await;
    let bob = world.person("bob", Role::Admin);
    let good = json!({ "resource_type": "payment_refund", "resource_id": Uuid::now_v7() });
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    let (approve, reject) = (
        format!("/approvals/{id}/approve"),
        format!("/approvals/{id}/reject"),
    );
    let cancel = format!("/approvals/{id}/cancel");
    for (path, body, status) in [
        ("/approvals", json!({}), 422),
        ("/approvals", with("resource_id", json!("x")), 400),
        ("/approvals", with("asks", json!([])), 400),
        ("/approvals", with("context", json!([])), 400),
        ("/approvals", with("title", json!("t".repeat(201))), 422),
        ("/approvals", with("resource_type", json!("")), 422),
        (&approve, json!({ "role": "admin" }), 400),
        (&approve, json!({ "conditions": "none" }), 400),
        (&approve, json!({ "comments": "c".repeat(2001) }), 422),
        (&approve, json!({ "conditions": vec!["c"; 21] }), 422),
        (&reject, json!({}), 422),
        (&reject, json!({ "comments": "" }), 422),
        (&cancel, json!({ "comments": "x" }), 400),
    ] {
        let request = world.request_as(&bob, Method::POST, path).json(&body);
        let (got, refused) = problem(request).await;
        assert_eq!(got, status, "{path} {body}: {refused}");
    }
    assert_eq!(world.event_types("approval", &id).await.len(), 2);
    let (_, list) = world.get("/approvals").await;
    assert_eq!(list.as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn the_requester_and_admins_take_a_request_back() {
    let world = World::new().await;
    let (alice, bob) = (
        world.person("alice", Role::Viewer),
        world.person("bob", Role::Developer),
    );
    let id = world.asked(&alice, "payment_refund").await;
    let path = format!("/approvals/{id}/cancel");
    let refused = refusal(world.post_as(&bob, &path, json!({})).await);
    assert_eq!(refused, no(403, "forbidden"));
    let body = json!({ "reason": "paid in cash" });
    let (status, gone) = world.post_as(&alice, &path, body.clone()).await;
    assert_eq!(
        (status.as_u16(), &gone["status"]),
        (200, &json!("cancelled"))
    );
    let (status, again) = world.post_as(&alice, &path, body).await;
    assert_eq!((status.as_u16(), &again["sequence"]), (200, &json!("3")));
    assert_eq!(
        refusal(
            world
                .post(&format!("/approvals/{id}/approve"), json!({}))
                .await
        ),
        no(422, "approval_closed")
    );
    let other = world.asked(&alice, "payment_refund").await;
    let (status, gone) = world
        .post(&format!("/approvals/{other}/cancel"), json!({}))
        .await;
    assert_eq!(
        (status.as_u16(), &gone["status"]),
        (200, &json!("cancelled"))
    );
}

#[tokio::test]
async fn a_repeated_vote_gets_the_first_answer_again() {
    let world = World::new().await;
    world
        .policy("cake", json!([stage("taste", &["admin"], 2)]))
        .await;
    let bob = world.person("bob", Role::Admin);
    let id = world.asked(&world.admin, "cake").await;
    let key = CommandId::generate().to_string();
    let vote = |comments: &str| {
        let path = format!("/approvals/{id}/approve");
        let request = world.request_as(&bob, Method::POST, &path);
        request
            .header("idempotency-key", &key)
            .json(&json!({ "comments": comments }))
    };
    let (first, again) = (reply(vote("yes")).await, reply(vote("yes")).await);
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (200, 200));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(
        first.headers["pantheon-position"],
        again.headers["pantheon-position"]
    );
    let (status, refused) = problem(vote("no")).await;
    assert_eq!(
        (status, &refused["code"]),
        (422, &json!("command_mismatch"))
    );
    let granted = world.event_types("approval", &id).await;
    let granted = granted.iter().filter(|kind| *kind == "approval_granted");
    assert_eq!(granted.count(), 1);
}

#[tokio::test]
async fn an_expected_sequence_that_has_passed_is_412() {
    let world = World::new().await;
    let bob = world.person("bob", Role::Admin);
    let id = world.asked(&world.admin, "payment_refund").await;
    let vote = |at: &str| {
        let path = format!("/approvals/{id}/approve");
        let request = world.request_as(&bob, Method::POST, &path);
        request.header("if-match", at)
    };
    let (status, refused) = problem(vote("\"1\"")).await;
    assert_eq!(
        (status, &refused["code"]),
        (412, &json!("sequence_mismatch"))
    );
    assert_eq!(reply(vote("\"2\"")).await.status, 200);
}

#[tokio::test]
async fn progress_is_on_the_stream_of_the_approval_up_to_its_end() {
    let world = World::new().await;
    let stages = json!([
        stage("first", &["admin"], 2),
        stage("second", &["developer"], 1)
    ]);
    world.policy("cake", stages).await;
    let id = world.asked(&world.admin, "cake").await;
    for (who, role) in [
        ("bob", Role::Admin),
        ("carol", Role::Admin),
        ("dave", Role::Developer),
    ] {
        world.approve(&world.person(who, role), &id).await;
    }
    let (_, page) = world
        .get(&format!("/events?stream=approval/{id}&after=0"))
        .await;
    let seen: Vec<_> = page["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|event| {
            let data = &event["data"];
            assert_eq!(data["approval_id"], *id, "{event}");
            let name = event["type"]
                .as_str()
                .expect("a type")
                .rsplit('.')
                .next()
                .map(str::to_owned);
            let number = |field: &str| data[field].as_u64().expect("a number");
            (
                name.expect("a name"),
                number("stage"),
                number("granted"),
                number("required"),
            )
        })
        .collect();
    let expected = [
        ("approval_requested", 0, 0, 2),
        ("approval_stage_opened", 0, 0, 2),
        ("approval_granted", 0, 1, 2),
        ("approval_granted", 0, 2, 2),
        ("approval_stage_completed", 0, 2, 2),
        ("approval_stage_opened", 1, 0, 1),
        ("approval_granted", 1, 1, 1),
        ("approval_stage_completed", 1, 1, 1),
        ("approval_approved", 1, 1, 1),
    ];
    assert_eq!(
        seen,
        expected.map(|(name, stage, granted, required)| (
            name.to_owned(),
            stage,
            granted,
            required
        ))
    );
}
