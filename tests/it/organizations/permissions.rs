//! What roles and grants let somebody do, and why.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{Person, engines, joins, open, text};
use crate::world::code;

/// CON-69: the registry is the contract's.
#[tokio::test]
async fn the_42_codes_and_the_roles_are_listed() {
    let world = open().await;
    let (_, codes) = world.get("/permissions").await;
    assert_eq!(codes["permissions"].as_array().map(Vec::len), Some(42));
    let (_, roles) = world.get("/roles").await;
    let totals: Vec<_> = roles["roles"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|role| {
            (
                text(&role["role"]),
                role["total"].as_u64().expect("a number"),
            )
        })
        .collect();
    let expected = [
        ("org:owner", 41),
        ("org:admin", 40),
        ("org:member", 23),
        ("org:viewer", 12),
        ("team:lead", 22),
        ("team:member", 13),
        ("admin", 42),
    ];
    assert_eq!(
        totals,
        expected.map(|(role, total)| (role.to_owned(), total))
    );
}

/// CON-70: the owner gives what they hold, for a while or for good; it counts at once, and ends.
#[tokio::test]
async fn a_permission_beside_the_role_counts_until_it_is_taken_back() {
    let world = open().await;
    let (ada, bob) = (
        Person::new(&world, "ada").await,
        Person::new(&world, "bob").await,
    );
    let id = engines(&ada).await;
    joins(&ada, &id, "bob", "admin", &bob).await;
    let me = format!("/organizations/{id}/me");
    let grants = format!("/organizations/{id}/members/{}/permissions", bob.id);
    let held = "organization.delete".to_owned();
    assert!(!bob.permissions(&me).await.contains(&held));

    let (status, _) = bob.post(&grants, json!({ "permission": held })).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "an admin is not the owner");
    let (status, problem) = ada
        .post(&grants, json!({ "permission": "tasks.reed" }))
        .await;
    assert_eq!(
        (status, code(&problem).as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, "validation_failed")
    );
    let (status, _) = ada
        .post(&grants, json!({ "permission": "operations.manage" }))
        .await;
    assert_eq!(
        status,
        StatusCode::FORBIDDEN,
        "nobody gives what they do not hold"
    );

    let (status, given) = ada.post(&grants, json!({ "permission": held })).await;
    assert_eq!(status, StatusCode::CREATED, "{given}");
    let (_, why) = bob.get(&me).await;
    let direct = why["permissions"]
        .as_array()
        .and_then(|held| held.iter().find(|held| held["source"] == "direct"));
    assert_eq!(
        direct.map(|held| &held["code"]),
        Some(&json!(held)),
        "{why}"
    );
    let (_, listed) = ada.get(&grants).await;
    assert_eq!(listed["permissions"], json!([{ "permission": held }]));

    let (status, _) = ada.delete(&format!("{grants}/{held}")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(!bob.permissions(&me).await.contains(&held));
    let past = json!({ "permission": held, "expires_at": "2020-01-01T00:00:00Z" });
    let (status, problem) = ada.post(&grants, past).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert_eq!(problem["errors"][0]["field"], "expires_at", "{problem}");
    let soon = world.time.clock().now() + chrono::TimeDelta::minutes(10);
    let soon = json!({ "permission": held, "expires_at": soon });
    let (status, granted) = ada.post(&grants, soon).await;
    assert_eq!(status, StatusCode::CREATED, "{granted}");
    assert!(bob.permissions(&me).await.contains(&held));
    world.time.pass(11 * 60);
    assert!(
        !bob.permissions(&me).await.contains(&held),
        "it has run out"
    );
}

/// A changed role counts with the next request, and the organisation is handed over by its owner.
#[tokio::test]
async fn a_changed_role_counts_at_once() {
    let world = open().await;
    let (ada, bob) = (
        Person::new(&world, "ada").await,
        Person::new(&world, "bob").await,
    );
    let id = engines(&ada).await;
    joins(&ada, &id, "bob", "viewer", &bob).await;
    let tasks = format!("/tasks?organization_id={id}");
    let task = json!({ "name": "Grind" });
    assert_eq!(
        bob.post(&tasks, task.clone()).await.0,
        StatusCode::FORBIDDEN
    );
    let member = |person: &Person<'_>| format!("/organizations/{id}/members/{}", person.id);
    let (status, _) = ada
        .send(Method::PATCH, &member(&bob), json!({ "role": "member" }))
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(bob.post(&tasks, task).await.0, StatusCode::CREATED);

    let owner = json!({ "role": "owner" });
    let (status, _) = bob.send(Method::PATCH, &member(&bob), owner.clone()).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, handed) = ada.send(Method::PATCH, &member(&bob), owner).await;
    assert_eq!((status, &handed["role"]), (StatusCode::OK, &json!("owner")));
    let (_, me) = ada.get(&format!("/organizations/{id}/me")).await;
    assert_eq!(me["role"], "admin");
    assert_eq!(
        ada.delete(&format!("/organizations/{id}")).await.0,
        StatusCode::FORBIDDEN
    );
}

/// Every command is at the generic door too, held to the same rules.
#[tokio::test]
async fn the_generic_door_makes_no_organisation_elsewhere_and_answers_for_nobody() {
    let world = open().await;
    let (ada, bob) = (
        Person::new(&world, "ada").await,
        Person::new(&world, "bob").await,
    );
    let create = json!({ "data": { "name": "Engines", "slug": "engines" } });
    let (status, problem) = ada
        .post("/commands/organization/create_organization", create)
        .await;
    assert_eq!(
        (status, code(&problem).as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, "other_id")
    );
    let id = engines(&ada).await;
    let (status, _) = ada
        .post(
            &format!("/organizations/{id}/members"),
            json!({ "identifier": "bob" }),
        )
        .await;
    assert_eq!(status, StatusCode::CREATED);
    let nobody = json!({ "id": id, "data": { "user_id": uuid::Uuid::now_v7() } });
    let door = format!("/commands/organization/invite_member?organization_id={id}");
    let (status, problem) = ada.post(&door, nobody).await;
    assert_eq!(
        status,
        StatusCode::NOT_FOUND,
        "no place for nobody: {problem}"
    );
    let accept = json!({ "id": id, "data": { "user_id": bob.id } });
    let door = format!("/commands/organization/accept_invitation?organization_id={id}");
    let (status, problem) = ada.post(&door, accept).await;
    assert_eq!(
        (status, code(&problem).as_str()),
        (StatusCode::FORBIDDEN, "forbidden")
    );
}
