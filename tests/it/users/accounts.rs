//! Making, showing and changing accounts.

use pantheon::auth::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{get, id, login, made, signed_in};
use crate::world::{World, answer, refused};

/// An account that an admin makes is in the default organisation, as its role says.
#[tokio::test]
async fn an_account_joins_the_default_organisation_as_its_role_says() {
    let world = World::new().await;
    let path = format!("/organizations/{}/me", world.tenant);
    for (name, role, membership) in [
        ("ada", "admin", "admin"),
        ("bob", "developer", "member"),
        ("eve", "viewer", "viewer"),
        ("joe", "user", "viewer"),
    ] {
        let user = made(&world, name, role).await;
        let token = signed_in(&world, name).await;
        let (status, me) = get(&world, &token, &path).await;
        assert_eq!((status, &me["role"]), (StatusCode::OK, &json!(membership)));
        let (_, own) = get(&world, &token, "/users/me").await;
        assert_eq!(own["id"], user["id"]);
        let permissions = own["permissions"].as_array().expect("codes");
        assert_eq!(permissions.contains(&json!("users.manage")), name == "ada");
    }
    let taken = json!({ "email": "ada@example.org", "role": "viewer" });
    let request = world.request(Method::POST, "/users").json(&taken);
    refused(request, 409, "already_exists").await;
    let root = json!({ "email": "root@example.org", "role": "root" });
    let request = world.request(Method::POST, "/users").json(&root);
    refused(request, 422, "validation_failed").await;
}

/// A demoted admin keeps nothing of it, in the default organisation neither.
#[tokio::test]
async fn a_membership_of_the_default_organisation_goes_with_the_role() {
    let world = World::new().await;
    made(&world, "ada", "admin").await;
    let bob = id(&made(&world, "bob", "admin").await);
    let before = signed_in(&world, "bob").await;
    let path = format!("/users/{bob}");
    let change = json!({ "role": "viewer", "name": "Bob the Viewer" });
    let (status, user) = world.patch(&path, change).await;
    assert_eq!(status, StatusCode::OK, "{user}");
    assert_eq!(
        (&user["role"], &user["name"]),
        (&json!("viewer"), &json!("Bob the Viewer"))
    );
    // BUS-16: the tokens from before are taken back at once.
    assert_eq!(
        get(&world, &before, "/auth/me").await.0,
        StatusCode::UNAUTHORIZED
    );
    let token = signed_in(&world, "bob").await;
    let (_, me) = get(
        &world,
        &token,
        &format!("/organizations/{}/me", world.tenant),
    )
    .await;
    assert_eq!(me["role"], "viewer", "{me}");
    let request = world.request_as(&token, Method::GET, "/users/statistics");
    refused(request, 403, "forbidden").await;
    // The same again changes nothing, and takes no token back.
    let same = world.patch(&path, json!({ "role": "viewer" })).await;
    assert_eq!(same.0, StatusCode::OK);
    assert_eq!(get(&world, &token, "/auth/me").await.0, StatusCode::OK);
}

#[tokio::test]
async fn an_owner_sees_and_changes_their_own_account_but_for_the_role_and_nobody_else_is_there() {
    let world = World::new().await;
    let ada = id(&made(&world, "ada", "developer").await);
    let bob = id(&made(&world, "bob", "developer").await);
    let token = signed_in(&world, "ada").await;
    let own = format!("/users/{ada}");
    assert_eq!(
        get(&world, &token, &own).await.1["email"],
        "ada@example.org"
    );
    let patch = |body: Value| world.request_as(&token, Method::PATCH, &own).json(&body);
    let (status, user) = answer(patch(json!({ "name": "Ada L." }))).await;
    assert_eq!(
        (status, &user["full_name"]),
        (StatusCode::OK, &json!("Ada L."))
    );
    refused(patch(json!({ "role": "admin" })), 403, "forbidden").await;

    let (nobody, other) = (uuid::Uuid::now_v7(), format!("/users/{bob}"));
    let nobody = format!("/users/{nobody}");
    for path in [&other, &nobody] {
        refused(
            world.request_as(&token, Method::GET, path),
            404,
            "not_found",
        )
        .await;
        let change = world.request_as(&token, Method::PATCH, path);
        refused(change.json(&json!({ "name": "x" })), 404, "not_found").await;
    }
    let there = crate::world::bytes(world.request_as(&token, Method::GET, &other)).await;
    let nowhere = crate::world::bytes(world.request_as(&token, Method::GET, &nobody)).await;
    assert_eq!(there, nowhere);
}

#[tokio::test]
async fn what_only_those_who_manage_users_do_is_refused_to_all_others() {
    let world = World::new().await;
    let bob = id(&made(&world, "bob", "viewer").await);
    for role in [Role::Developer, Role::Viewer, Role::Auditor] {
        let token = world.role(role);
        let ask = |method, path: &str| world.request_as(&token, method, path).json(&json!({}));
        for verb in ["activate", "deactivate", "unlock", "reset-password"] {
            let path = format!("/users/{bob}/{verb}");
            refused(ask(Method::POST, &path), 403, "forbidden").await;
        }
        refused(
            ask(Method::DELETE, &format!("/users/{bob}")),
            403,
            "forbidden",
        )
        .await;
        refused(ask(Method::POST, "/users"), 403, "forbidden").await;
    }
    // An admin of another organisation is none here.
    let request = world.request_as(&world.stranger(), Method::GET, &format!("/users/{bob}"));
    refused(request, 404, "not_found").await;
    assert_eq!(
        login(&world, "bob", super::PASSWORD).await.0,
        StatusCode::OK
    );
}
