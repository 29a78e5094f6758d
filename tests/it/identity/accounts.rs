//! Making accounts, and signing in to them.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use futures_util::future::join_all;
use pantheon::auth::Role;
use pantheon_harness::soon;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{PASSWORD, anonymous, login, open, register, signed_in};
use crate::world::{World, answer, code};

#[tokio::test]
async fn an_account_is_made_and_signed_in_to_by_either_name() {
    let world = open().await;
    let user = register(&world, "Ada@Example.org").await;
    assert_eq!(user["username"], "Ada");
    assert_eq!(
        (&user["name"], &user["role"]),
        (&json!("Ada Lovelace"), &json!("viewer"))
    );
    assert_eq!(user["github_id"], Value::Null);
    for name in ["ada@example.org", "ADA", "Ada@Example.org"] {
        let (status, tokens) = login(&world, name, PASSWORD).await;
        assert_eq!(status, StatusCode::OK, "{name}: {tokens}");
        assert_eq!(tokens["user"]["id"], user["id"]);
        assert_eq!(
            (&tokens["token_type"], &tokens["expires_in"]),
            (&json!("bearer"), &json!(1800))
        );
    }
    let email = json!({ "email": "ada@example.org", "password": PASSWORD });
    assert_eq!(anonymous(&world, "/login", email).await.0, StatusCode::OK);
    let (token, _) = signed_in(&world, "ada").await;
    let (status, me) = answer(world.request_as(&token, Method::GET, "/auth/me")).await;
    assert_eq!(
        (status, &me["email"]),
        (StatusCode::OK, &json!("Ada@Example.org"))
    );
}

/// A sign-in is a command like any other: its answer says where it stands.
#[tokio::test]
async fn the_answer_to_a_sign_in_says_where_it_was_recorded() {
    let world = open().await;
    register(&world, "ada@example.org").await;
    let (_, token) = signed_in(&world, "ada").await;
    let login = json!({ "username": "ada", "password": PASSWORD });
    let refresh = json!({ "refresh_token": token });
    for (path, body) in [("login", login), ("refresh", refresh)] {
        let url = format!("http://{}/api/v1/auth/{path}", world.node.address());
        let said = reqwest::Client::new().post(url).json(&body).send().await;
        let said = said.expect("an answer");
        assert_eq!(said.status(), StatusCode::OK);
        for name in [
            "pantheon-position",
            "pantheon-command-id",
            "pantheon-sequence",
        ] {
            assert!(said.headers().contains_key(name), "{path}: {name}");
        }
    }
}

/// BUS-14: a client reads the payload with plain `atob`; no name and no address stand in it.
#[tokio::test]
async fn an_access_token_is_ascii_and_names_nobody() {
    let world = open().await;
    let user = register(&world, "ada@example.org").await;
    let (token, _) = signed_in(&world, "ada").await;
    let payload = token.split('.').nth(1).expect("three parts");
    let claims = STANDARD_NO_PAD.decode(payload).expect("plain base64");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    assert_eq!(claims["sub"], user["id"]);
    assert_eq!(
        (&claims["typ"], &claims["github_id"]),
        (&json!("access"), &json!(0))
    );
    assert_eq!(claims["role"], "viewer");
    assert!(claims["sid"].is_string() && claims["jti"].is_string());
    assert!(!claims.to_string().to_lowercase().contains("ada"));
}

/// BUS-10.
#[tokio::test]
async fn of_64_registrations_of_one_address_one_is_made() {
    let world = open().await;
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    let tries = (0..64).map(|_| anonymous(&world, "/register", body.clone()));
    let answers = join_all(tries).await;
    let made = answers
        .iter()
        .filter(|(status, _)| *status == StatusCode::CREATED);
    assert_eq!(made.count(), 1);
    for (status, problem) in answers {
        if status != StatusCode::CREATED {
            assert_eq!(
                (status, code(&problem).as_str()),
                (StatusCode::CONFLICT, "already_exists")
            );
            assert_eq!(
                problem["message"],
                "This account information is already in use."
            );
        }
    }
}

/// BUS-11.
#[tokio::test]
async fn a_wrong_password_and_no_account_at_all_are_told_apart_by_nobody() {
    let world = open().await;
    register(&world, "ada@example.org").await;
    let mut bodies = BTreeSet::new();
    for name in ["ada", "nobody", "nobody@example.org"] {
        let (status, mut problem) = login(&world, name, "not the password").await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_eq!(problem["message"], "Incorrect username or password");
        problem["request_id"] = Value::Null;
        bodies.insert(problem.to_string());
    }
    assert_eq!(bodies.len(), 1, "{bodies:?}");
}

/// BUS-13.
#[tokio::test]
async fn five_wrong_passwords_lock_the_account_until_an_admin_unlocks_it() {
    let world = open().await;
    let user = register(&world, "ada@example.org").await;
    for n in 0..5 {
        // Both names count together.
        let name = ["ada", "ada@example.org"][n % 2];
        assert_eq!(
            login(&world, name, "wrong").await.0,
            StatusCode::UNAUTHORIZED
        );
    }
    let (status, problem) = login(&world, "ada", PASSWORD).await;
    assert_eq!(
        (status, code(&problem).as_str()),
        (StatusCode::FORBIDDEN, "account_locked")
    );
    assert_eq!(
        login(&world, "ada", "wrong").await.0,
        StatusCode::UNAUTHORIZED
    );
    let unlock = json!({ "id": user["id"], "data": {} });
    let (status, _) = world.post("/commands/user/unlock_user", unlock).await;
    assert_eq!(status, StatusCode::OK);
    signed_in(&world, "ada").await;
}

/// A session is no way to try passwords without end.
#[tokio::test]
async fn wrong_current_passwords_count_like_failed_sign_ins() {
    let world = open().await;
    register(&world, "ada@example.org").await;
    let (token, _) = signed_in(&world, "ada").await;
    let change = async |current: &str| {
        let request = world.request_as(&token, Method::POST, "/auth/change-password");
        let body = json!({ "current_password": current, "new_password": "another good one" });
        let (status, problem) = answer(request.json(&body)).await;
        (status.as_u16(), code(&problem))
    };
    for _ in 0..5 {
        assert_eq!(change("a guess").await, (422, "wrong_password".to_owned()));
    }
    assert_eq!(change(PASSWORD).await, (403, "account_locked".to_owned()));
    let (status, problem) = login(&world, "ada", PASSWORD).await;
    assert_eq!(
        (status, code(&problem).as_str()),
        (StatusCode::FORBIDDEN, "account_locked")
    );
}

#[tokio::test]
async fn a_success_starts_the_count_of_failures_anew() {
    let world = open().await;
    register(&world, "ada@example.org").await;
    for _ in 0..2 {
        for _ in 0..4 {
            assert_eq!(
                login(&world, "ada", "wrong").await.0,
                StatusCode::UNAUTHORIZED
            );
        }
        signed_in(&world, "ada").await;
    }
}

/// BUS-17, BUS-18.
#[tokio::test]
async fn a_closed_registration_is_open_to_admins_and_nobody_makes_themself_one() {
    let closed = World::new().await;
    let body = json!({ "email": "ada@example.org", "password": PASSWORD, "role": "developer" });
    let (status, problem) = anonymous(&closed, "/register", body.clone()).await;
    assert_eq!(
        (status, code(&problem).as_str()),
        (StatusCode::FORBIDDEN, "registration_closed")
    );
    let viewer = closed.role(Role::Viewer);
    let request = closed.request_as(&viewer, Method::POST, "/auth/register");
    assert_eq!(answer(request.json(&body)).await.0, StatusCode::FORBIDDEN);
    let (status, user) = closed.post("/auth/register", body.clone()).await;
    assert_eq!(
        (status, &user["role"]),
        (StatusCode::CREATED, &json!("developer"))
    );

    let world = open().await;
    let admin = json!({ "email": "eve@example.org", "password": PASSWORD, "role": "admin" });
    let (_, user) = anonymous(&world, "/register", admin).await;
    assert_eq!(user["role"], "viewer");
}

#[tokio::test]
async fn what_is_no_account_is_refused_with_the_field() {
    let world = open().await;
    for (body, status, field) in [
        (
            json!({ "email": "ada", "password": PASSWORD }),
            422,
            "email",
        ),
        (
            json!({ "email": "a@x.org", "username": "a b", "password": PASSWORD }),
            422,
            "username",
        ),
        (
            json!({ "email": "a@x.org", "username": "ad\u{200b}a", "password": PASSWORD }),
            422,
            "username",
        ),
        (
            json!({ "email": "\u{202e}gro.x@a.org", "password": PASSWORD }),
            422,
            "email",
        ),
        (
            json!({ "email": "a@x.org", "password": "short" }),
            422,
            "password",
        ),
        (
            json!({ "email": "a@x.org", "password": "password1" }),
            422,
            "password",
        ),
        (
            json!({ "email": "a@x.org", "password": PASSWORD, "admin": true }),
            400,
            "admin",
        ),
    ] {
        let (got, problem) = anonymous(&world, "/register", body).await;
        assert_eq!(
            (got.as_u16(), &problem["errors"][0]["field"]),
            (status, &json!(field))
        );
    }
    assert_eq!(world.events("user", "x").await, vec![]);
}

#[tokio::test]
async fn the_last_admin_can_be_neither_demoted_nor_shut_out() {
    let world = World::new().await;
    let admin = |email: &str| json!({ "email": email, "password": PASSWORD, "role": "admin" });
    let (_, ada) = world.post("/auth/register", admin("ada@example.org")).await;
    let (_, eve) = world.post("/auth/register", admin("eve@example.org")).await;
    soon(async || world.events("admin_list", "installation").await.len() == 2).await;
    let demote = |id: &Value| json!({ "id": id, "data": { "role": "viewer" } });
    let (status, _) = world
        .post("/commands/user/change_role", demote(&ada["id"]))
        .await;
    assert_eq!(status, StatusCode::OK);
    for (command, data) in [
        ("change_role", json!({ "role": "viewer" })),
        ("deactivate_user", json!({})),
    ] {
        let body = json!({ "id": eve["id"], "data": data });
        let (status, problem) = world.post(&format!("/commands/user/{command}"), body).await;
        assert_eq!(
            (status.as_u16(), code(&problem).as_str()),
            (422, "last_admin")
        );
    }
}
