//! CON-88: what somebody may do is polled, and unchanged while nobody changes it.

use reqwest::Method;
use serde_json::json;

use super::{Person, engines, joins, open, text};
use crate::world::{Reply, reply};

async fn poll(who: &Person<'_>, path: &str, tag: Option<&str>) -> Reply {
    let path = format!("{path}?min_position={}&wait=10", who.world.head().await);
    let request = who.world.request_as(&who.token, Method::GET, &path);
    match tag {
        Some(tag) => reply(request.header("if-none-match", tag)).await,
        None => reply(request).await,
    }
}

#[tokio::test]
async fn con_88_one_s_standing_is_unchanged_until_it_changes_and_never_outlives_a_timed_grant() {
    let world = open().await;
    let ada = Person::new(&world, "ada").await;
    let mut bob = Person::new(&world, "bob").await;
    let id = engines(&ada).await;
    joins(&ada, &id, "bob", "viewer", &bob).await;
    let there = json!({ "organization_id": id });
    let (_, tokens) = bob.post("/auth/switch-organization", there).await;
    bob.token = text(&tokens["access_token"]);
    let pages = [
        "/organizations".to_owned(),
        format!("/organizations/{id}/me"),
        "/auth/permissions".to_owned(),
        "/auth/me".to_owned(),
        "/auth/sessions".to_owned(),
    ];
    let mut tags = Vec::new();
    for path in &pages {
        let first = poll(&bob, path, None).await;
        assert_eq!(first.status, 200, "{path}: {}", first.body);
        tags.push(first.headers["etag"].to_str().expect("text").to_owned());
    }
    world.post("/tasks", json!({ "name": "elsewhere" })).await;
    ada.post(
        &format!("/tasks?organization_id={id}"),
        json!({ "name": "here" }),
    )
    .await;
    for (path, tag) in pages.iter().zip(&tags) {
        assert_eq!(poll(&bob, path, Some(tag)).await.status, 304, "{path}");
    }

    let member = format!("/organizations/{id}/members/{}", bob.id);
    let promote = json!({ "role": "member" });
    let (status, promoted) = ada.send(Method::PATCH, &member, promote).await;
    assert_eq!(status, 200, "{promoted}");
    for (path, tag) in pages.iter().zip(&tags).take(3) {
        let changed = poll(&bob, path, Some(tag)).await;
        assert_eq!(changed.status, 200, "{path}");
        assert!(
            changed.body.to_string().contains("member"),
            "{}",
            changed.body
        );
    }

    let soon = world.time.clock().now() + chrono::TimeDelta::hours(1);
    let grant = json!({ "permission": "database.query", "expires_at": soon });
    let (status, granted) = ada.post(&format!("{member}/permissions"), grant).await;
    assert_eq!(status, 201, "{granted}");
    let held = poll(&bob, &pages[2], None).await;
    assert!(
        held.body.to_string().contains("database.query"),
        "{}",
        held.body
    );
    let tag = held.headers["etag"].to_str().expect("text").to_owned();
    world.time.pass(2 * 3600);
    // The token has run out, too; the next one shows what is left.
    bob.token = bob.sign_in("bob").await;
    let left = poll(&bob, &pages[2], Some(&tag)).await;
    assert_eq!(left.status, 200);
    assert!(
        !left.body.to_string().contains("database.query"),
        "{}",
        left.body
    );
}
