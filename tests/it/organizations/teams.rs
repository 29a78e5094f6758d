//! Teams: who sees them, who changes them, and what being in one gives.

use reqwest::{Method, StatusCode};
use serde_json::json;

use pantheon_harness::soon;

use super::{Person, engines, joins, open, text};
use crate::world::code;

/// CON-71: a lead changes the team, its members gain its role's permissions, strangers do not see it.
#[tokio::test]
async fn a_team_gives_its_members_more_and_is_seen_by_them() {
    let world = open().await;
    let (ada, bob) = (
        Person::new(&world, "ada").await,
        Person::new(&world, "bob").await,
    );
    let eve = Person::new(&world, "eve").await;
    let id = engines(&ada).await;
    joins(&ada, &id, "bob", "viewer", &bob).await;
    let teams = format!("/organizations/{id}/teams");

    let (status, _) = bob.post(&teams, json!({ "name": "Core" })).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let team = json!({ "name": "Core", "is_visible": false });
    let (status, made) = ada.post(&teams, team.clone()).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    assert_eq!(ada.post(&teams, team).await.0, StatusCode::CONFLICT);
    let core = format!("{teams}/{}", text(&made["team"]["id"]));
    assert_eq!(bob.get(&core).await.0, StatusCode::NOT_FOUND, "invisible");
    assert_eq!(bob.get(&teams).await.1["teams"], json!([]));

    let members = format!("{core}/members");
    let (status, problem) = ada.post(&members, json!({ "user_id": eve.id })).await;
    assert_eq!(
        (status, code(&problem).as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, "not_a_member")
    );
    let (status, _) = ada.post(&members, json!({ "user_id": bob.id })).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(bob.get(&core).await.0, StatusCode::OK);
    let tasks = format!("/tasks?organization_id={id}");
    let (status, _) = bob.post(&tasks, json!({ "name": "Grind" })).await;
    assert_eq!(status, StatusCode::CREATED, "a team's member creates tasks");

    let rename = json!({ "description": "The mill" });
    let (status, _) = bob.send(Method::PATCH, &core, rename.clone()).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "a member does not lead");
    let (status, _) = ada
        .post(&members, json!({ "user_id": bob.id, "role": "lead" }))
        .await;
    assert_eq!(status, StatusCode::CREATED);
    let (status, changed) = bob.send(Method::PATCH, &core, rename).await;
    assert_eq!(
        (status, &changed["team"]["description"]),
        (StatusCode::OK, &json!("The mill"))
    );
    let (_, me) = bob.get(&format!("/organizations/{id}/me")).await;
    assert_eq!(me["teams"][0]["role"], "lead");

    // Whoever leaves the organisation leaves its teams, and begins anew when coming back.
    let (status, _) = bob
        .delete(&format!("/organizations/{id}/members/{}", bob.id))
        .await;
    assert_eq!(status, StatusCode::OK);
    soon(async || {
        let (_, listed) = ada.get(&members).await;
        listed["members"].as_array().map(Vec::len) == Some(1)
    })
    .await;
    joins(&ada, &id, "bob", "viewer", &bob).await;
    assert_eq!(bob.get(&core).await.0, StatusCode::NOT_FOUND);

    assert_eq!(ada.delete(&core).await.0, StatusCode::OK);
    assert_eq!(ada.get(&core).await.0, StatusCode::NOT_FOUND);
}
