//! Lists, searches and numbers.

use std::collections::BTreeSet;

use pantheon::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::{get, made, signed_in};
use crate::world::{World, refused};

/// The user names on all pages of a list.
async fn names(world: &World, path: &str) -> Vec<String> {
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world.current(&format!("{path}{cursor}")).await;
        let items = page["items"].as_array().expect("a list").iter();
        names.extend(items.map(|user| user["username"].as_str().expect("a name").to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return names,
        }
    }
}

#[tokio::test]
async fn accounts_are_listed_searched_and_counted_by_admins() {
    let world = World::new().await;
    for (name, role) in [
        ("ada", "admin"),
        ("bob", "developer"),
        ("bobby", "viewer"),
        ("eve", "viewer"),
    ] {
        made(&world, name, role).await;
    }
    let newest_first = ["eve", "bobby", "bob", "ada"];
    for limit in [1, 2, 3, 200] {
        assert_eq!(
            names(&world, &format!("/users?limit={limit}")).await,
            newest_first
        );
        let found = names(&world, &format!("/users?limit={limit}&search=BOB")).await;
        assert_eq!(found, ["bobby", "bob"]);
    }
    assert_eq!(names(&world, "/users?role=viewer").await, ["eve", "bobby"]);
    assert_eq!(
        names(&world, "/users/search?q=eve%40example").await,
        ["eve"]
    );
    assert_eq!(names(&world, "/users?search=nobody").await, [] as [&str; 0]);

    let eve = world.current("/users/by-email/EVE@example.org").await;
    assert_eq!(eve["username"], "eve");
    let bob = world.current("/users/by-username/bob").await;
    assert_eq!(bob["email"], "bob@example.org");
    // A user name is no e-mail address.
    let request = world.request(Method::GET, "/users/by-email/bob");
    refused(request, 404, "not_found").await;

    let path = format!("/users/{}/deactivate", eve["id"].as_str().expect("an id"));
    assert_eq!(world.post(&path, json!({})).await.0, 200);
    assert_eq!(names(&world, "/users?is_active=false").await, ["eve"]);
    let numbers = world.current("/users/statistics").await;
    assert_eq!(
        numbers,
        json!({ "total": 4, "active": 3, "inactive": 1, "new_users_last_30_days": 4,
            "by_role": { "admin": 1, "developer": 1, "viewer": 2 } })
    );
}

#[tokio::test]
async fn others_find_themselves_alone() {
    let world = World::new().await;
    made(&world, "ada", "developer").await;
    made(&world, "bob", "viewer").await;
    let token = signed_in(&world, "ada").await;
    let (_, page) = get(&world, &token, "/users").await;
    let keys = |user: &Value| {
        let fields = user.as_object().expect("an object").keys().cloned();
        fields.collect::<BTreeSet<String>>()
    };
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        keys(&page["items"][0]),
        ["avatar_url", "id", "name"].map(str::to_owned).into()
    );
    for path in [
        "/users/search?q=bob",
        "/users/by-email/bob@example.org",
        "/users/by-username/bob",
        "/users/by-username/nobody",
    ] {
        refused(
            world.request_as(&token, Method::GET, path),
            404,
            "not_found",
        )
        .await;
    }
    let auditor = world.role(Role::Auditor);
    let (_, page) = get(&world, &auditor, "/users").await;
    assert_eq!(page["items"], json!([]));
}
