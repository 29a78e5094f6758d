//! Who is in an organisation, and what that changes at once.

use pantheon_harness::soon;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{Person, engines, joins, open, text};
use crate::world::code;

/// CON-66: a slug is used once, for ever; its owner sees and changes the organisation.
#[tokio::test]
async fn an_organisation_belongs_to_who_made_it() {
    let world = open().await;
    let (ada, bob) = (
        Person::new(&world, "ada").await,
        Person::new(&world, "bob").await,
    );
    let id = engines(&ada).await;
    let path = format!("/organizations/{id}");

    let (_, made) = ada.get(&path).await;
    let organization = &made["organization"];
    assert_eq!(organization["slug"], "engines");
    assert_eq!(organization["owner_id"], json!(ada.id));
    assert_eq!(
        (&organization["plan"], &organization["max_members"]),
        (&json!("free"), &json!(5))
    );
    assert_eq!(organization["member_count"], 1);

    // One slug, one organisation; a foreign one looks like one that is not there.
    let (status, problem) = bob
        .post("/organizations", json!({ "name": "Engines" }))
        .await;
    assert_eq!(
        (status, code(&problem).as_str()),
        (StatusCode::CONFLICT, "already_exists")
    );
    let missing = "/organizations/0199aa00-0000-7000-8000-000000000009";
    let (mut foreign, mut none) = (bob.get(&path).await, bob.get(missing).await);
    for (_, body) in [&mut foreign, &mut none] {
        body["request_id"] = json!(null);
    }
    assert_eq!(foreign, none);
    assert_eq!(foreign.0, StatusCode::NOT_FOUND);

    let (status, changed) = ada
        .send(Method::PATCH, &path, json!({ "description": "Analytical" }))
        .await;
    assert_eq!(status, StatusCode::OK, "{changed}");
    assert_eq!(changed["organization"]["description"], "Analytical");

    // The operator changes the plan without being a member; the owner does not.
    let plan = json!({ "plan": "pro", "git": true });
    let features = format!("{path}/features");
    let (status, _) = ada.send(Method::PUT, &features, plan.clone()).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, changed) = world.put(&features, plan).await;
    assert_eq!(status, StatusCode::OK, "{changed}");
    let organization = &changed["organization"];
    assert_eq!(
        (&organization["plan_tier"], &organization["max_members"]),
        (&json!("pro"), &json!(20))
    );
    assert_eq!(organization["features"]["git"], true);

    let (status, _) = ada.delete(&path).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(ada.get(&path).await.0, StatusCode::NOT_FOUND);
    let (status, problem) = bob
        .post("/organizations", json!({ "name": "Engines" }))
        .await;
    assert_eq!(
        (status, code(&problem).as_str()),
        (StatusCode::CONFLICT, "already_exists")
    );
}

/// CON-67: an invitation is answered by the invited only, and counts from then on, everywhere.
#[tokio::test]
async fn the_invited_join_act_there_and_leave() {
    let world = open().await;
    let (ada, bob) = (
        Person::new(&world, "ada").await,
        Person::new(&world, "bob").await,
    );
    let id = engines(&ada).await;
    let members = format!("/organizations/{id}/members");

    let ask = |name: &str, role: &str| json!({ "identifier": name, "role": role });
    let (status, _) = ada.post(&members, ask("nobody", "member")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, problem) = ada.post(&members, ask("bob", "owner")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    let (status, _) = bob.post(&format!("{members}/accept"), json!({})).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "nobody asked yet");
    joins(&ada, &id, "bob@example.org", "member", &bob).await;
    let (status, _) = ada.post(&members, ask("bob", "member")).await;
    assert_eq!(status, StatusCode::CONFLICT);

    let (_, listed) = bob.get(&members).await;
    let of = listed["members"].as_array().expect("a list");
    assert_eq!(of.len(), 2);
    assert_eq!(
        (&of[1]["email"], &of[1]["role"]),
        (&json!("bob@example.org"), &json!("member"))
    );
    let (_, own) = bob.get("/organizations").await;
    assert_eq!(own["organizations"][0]["organization_slug"], "engines");

    // What is made there is there for both, and for nobody else.
    let there = format!("/tasks?organization_id={id}");
    let (status, task) = bob.post(&there, json!({ "name": "Grind" })).await;
    assert_eq!(status, StatusCode::CREATED, "{task}");
    let task = format!(
        "/tasks/{}?organization_id={id}&min_position={}",
        text(&task["id"]),
        text(&task["position"])
    );
    assert_eq!(ada.get(&task).await.0, StatusCode::OK);
    assert_eq!(
        ada.get(task.split('?').next().expect("a path")).await.0,
        StatusCode::NOT_FOUND
    );
    // A member deletes nothing; an owner does.
    let (status, problem) = bob.delete(&task).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(
        text(&problem["detail"]).contains("tasks.delete"),
        "{problem}"
    );

    // Suspended = a stranger; the owner stays, whoever asks.
    let shut = |status: &str| json!({ "status": status });
    let one = format!("{members}/{}", bob.id);
    let (status, _) = ada.send(Method::PATCH, &one, shut("suspended")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(bob.get(&there).await.0, StatusCode::NOT_FOUND);
    let (status, _) = ada.send(Method::PATCH, &one, shut("active")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(bob.get(&there).await.0, StatusCode::OK);
    let own = format!("{members}/{}", ada.id);
    let (status, problem) = ada.send(Method::PATCH, &own, shut("suspended")).await;
    assert_eq!(
        (status, code(&problem).as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, "last_owner")
    );

    let (status, _) = bob.delete(&own).await;
    assert_eq!(
        status,
        StatusCode::FORBIDDEN,
        "a member removes nobody else"
    );
    let (status, _) = bob.delete(&one).await;
    assert_eq!(status, StatusCode::OK, "everybody may leave");
    assert_eq!(bob.get(&there).await.0, StatusCode::NOT_FOUND);
}

/// CON-65, CON-68: a sign-in leads to the only organisation; a session switches, and is cut when the
/// membership ends.
#[tokio::test]
async fn a_session_acts_where_its_owner_is_a_member() {
    let world = open().await;
    let (ada, mut bob) = (
        Person::new(&world, "ada").await,
        Person::new(&world, "bob").await,
    );
    let id = engines(&ada).await;
    let switch = json!({ "organization_id": id });
    let (status, problem) = bob.post("/auth/switch-organization", switch.clone()).await;
    assert_eq!(
        (status, code(&problem).as_str()),
        (StatusCode::FORBIDDEN, "forbidden")
    );
    joins(&ada, &id, "bob", "viewer", &bob).await;
    let (status, tokens) = bob.post("/auth/switch-organization", switch).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    assert_eq!(tokens["organization_role"], "viewer");
    bob.token = text(&tokens["access_token"]);
    let (_, own) = bob.get("/auth/permissions").await;
    assert_eq!(own["organization"]["id"], json!(id));
    assert_eq!(own["role"], "viewer");
    assert_eq!(bob.get("/tasks").await.0, StatusCode::OK);

    // The next sign-in opens the organisation used last.
    soon(async || {
        bob.token = bob.sign_in("bob").await;
        let (_, own) = bob.get("/auth/permissions").await;
        own["organization"]["id"] == json!(id)
    })
    .await;
    let path = format!("/organizations/{id}/members/{}", bob.id);
    assert_eq!(ada.delete(&path).await.0, StatusCode::OK);
    assert_eq!(bob.get("/tasks").await.0, StatusCode::NOT_FOUND);
    assert_eq!(
        bob.get("/auth/me").await.0,
        StatusCode::OK,
        "the account is still theirs"
    );
    let (status, tokens) = bob
        .post(
            "/auth/switch-organization",
            json!({ "organization_id": null }),
        )
        .await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    bob.token = text(&tokens["access_token"]);
    assert_eq!(
        bob.get("/tasks").await.0,
        StatusCode::OK,
        "the personal space"
    );
}

/// BUS §4: new accounts may join an organisation by themselves.
#[tokio::test]
async fn new_accounts_join_the_organisation_that_the_operator_names() {
    let settings = [
        ("PANTHEON_REGISTRATION", "open"),
        ("PANTHEON_REGISTRATION_ORGANIZATION", "default"),
    ];
    let world = crate::world::World::with(&settings).await;
    let ada = Person::new(&world, "ada").await;
    let (_, own) = ada.get("/auth/permissions").await;
    let default = pantheon_events::TenantId::default_organization();
    assert_eq!(
        own["organization"],
        json!({ "id": default, "role": "viewer" })
    );
    assert_eq!(ada.get("/agents").await.0, StatusCode::OK);
    let (status, _) = ada.post("/tasks", json!({ "name": "Grind" })).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

/// A free plan has five places.
#[tokio::test]
async fn a_plan_without_places_invites_nobody() {
    let world = open().await;
    let ada = Person::new(&world, "ada").await;
    let id = engines(&ada).await;
    let members = format!("/organizations/{id}/members");
    for n in 0..5 {
        let name = format!("guest{n}");
        Person::new(&world, &name).await;
        let (status, answer) = ada.post(&members, json!({ "identifier": name })).await;
        match n {
            4 => {
                assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
                assert_eq!(code(&answer), "member_limit");
            }
            _ => assert_eq!(status, StatusCode::CREATED, "{answer}"),
        }
    }
}
