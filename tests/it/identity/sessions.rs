//! Tokens, their successors and their end.

use futures_util::future::join_all;
use pantheon_harness::soon;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{PASSWORD, anonymous, login, me, open, pair, register, signed_in};
use crate::approvals::words::stage;
use crate::world::{World, answer, code};

async fn refresh(world: &World, token: &str) -> (StatusCode, Value) {
    anonymous(world, "/refresh", json!({ "refresh_token": token })).await
}

async fn command(world: &World, token: &str, path: &str, body: Value) -> (StatusCode, Value) {
    let request = world.request_as(token, Method::POST, &format!("/auth{path}"));
    answer(request.json(&body)).await
}

/// BUS-15.
#[tokio::test]
async fn every_refresh_gives_a_new_pair() {
    let world = open().await;
    register(&world, "ada@example.org").await;
    let (mut access, mut token) = signed_in(&world, "ada").await;
    for _ in 0..3 {
        let (status, tokens) = refresh(&world, &token).await;
        assert_eq!(status, StatusCode::OK, "{tokens}");
        let (next_access, next) = pair(&tokens);
        assert_ne!((&next_access, &next), (&access, &token));
        assert_eq!(me(&world, &next_access).await, StatusCode::OK);
        (access, token) = (next_access, next);
    }
}

/// S03: two tabs, or fifty, are one family that lives.
#[tokio::test]
async fn fifty_refreshes_at_once_leave_one_family_alive() {
    let world = open().await;
    register(&world, "ada@example.org").await;
    let (access, token) = signed_in(&world, "ada").await;
    let answers = join_all((0..50).map(|_| refresh(&world, &token))).await;
    for (status, tokens) in &answers {
        assert_eq!(*status, StatusCode::OK, "{tokens}");
    }
    let (_, last) = pair(&answers[49].1);
    assert_eq!(refresh(&world, &last).await.0, StatusCode::OK);
    let (_, sessions) = answer(world.request_as(&access, Method::GET, "/auth/sessions")).await;
    assert_eq!(sessions["total"], 1);
}

/// S03: two have the token, so nobody keeps it. The owner's newest tokens end with the thief's try.
#[tokio::test]
async fn s03_a_refresh_token_used_again_after_the_grace_ends_its_family_on_every_node() {
    let world = open().await;
    let beside = world.beside().await;
    register(&world, "ada@example.org").await;
    let (_, stolen) = signed_in(&world, "ada").await;
    let (status, tokens) = refresh(&world, &stolen).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    let (access, newest) = pair(&tokens);
    assert_eq!(me(&world, &access).await, StatusCode::OK);
    assert_eq!(me(&beside, &access).await, StatusCode::OK);
    world.time.pass(11);
    let (status, problem) = refresh(&world, &stolen).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "{problem}");
    assert_eq!(problem["message"], "Could not validate credentials");
    // On the node that saw it at once, and on the others as soon as they have read of it.
    assert_eq!(me(&world, &access).await, StatusCode::UNAUTHORIZED);
    soon(async || me(&beside, &access).await == StatusCode::UNAUTHORIZED).await;
    for node in [&world, &beside] {
        assert_eq!(refresh(node, &newest).await.0, StatusCode::UNAUTHORIZED);
    }
}

/// BUS-15: what was used ten seconds ago and comes again was stolen, from or by whoever shows it.
#[tokio::test]
async fn a_refresh_token_that_is_shown_again_later_ends_the_family_and_raises_an_alert() {
    let world = open().await;
    let ada = register(&world, "ada@example.org").await;
    let (access, token) = signed_in(&world, "ada").await;
    let (status, tokens) = refresh(&world, &token).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    world.time.pass(11);
    assert_eq!(refresh(&world, &token).await.0, StatusCode::UNAUTHORIZED);
    let (_, next) = pair(&tokens);
    assert_eq!(refresh(&world, &next).await.0, StatusCode::UNAUTHORIZED);
    soon(async || me(&world, &access).await == StatusCode::UNAUTHORIZED).await;
    let alert = soon(async || {
        let alerts = world
            .current("/system/alerts?severity=critical&open=true")
            .await;
        let alerts = alerts["items"].as_array().cloned().unwrap_or_default();
        alerts
            .into_iter()
            .find(|alert| alert["source"] == "session")
    })
    .await;
    assert_eq!(alert["subject"], ada["id"], "{alert}");
    let other = "another horse battery";
    let (access, _) = signed_in(&world, "ada").await;
    let change = json!({ "current_password": PASSWORD, "new_password": other });
    let (status, changed) = command(&world, &access, "/change-password", change).await;
    assert_eq!(status, StatusCode::OK, "{changed}");
    soon(async || {
        let open = world
            .current("/system/alerts?severity=critical&open=true")
            .await;
        open["items"].as_array().is_some_and(Vec::is_empty)
    })
    .await;
}

#[tokio::test]
async fn what_is_no_refresh_token_is_401_and_changes_nothing() {
    let world = open().await;
    register(&world, "ada@example.org").await;
    let (access, token) = signed_in(&world, "ada").await;
    let mut other = token.clone();
    let last = other.pop().expect("a token");
    other.push(if last == 'A' { 'B' } else { 'A' });
    for bad in [&access, "", "x", "AAAA", &other[..other.len() - 4]] {
        let (status, problem) = refresh(&world, bad).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{bad}");
        assert_eq!(problem["message"], "Could not validate credentials");
    }
    assert_eq!(me(&world, &token).await, StatusCode::UNAUTHORIZED);
    assert_eq!(refresh(&world, &token).await.0, StatusCode::OK);
}

/// BUS-16.
#[tokio::test]
async fn a_logout_is_felt_at_once_here_and_soon_on_every_node() {
    let world = open().await;
    let beside = world.beside().await;
    register(&world, "ada@example.org").await;
    let (access, token) = signed_in(&world, "ada").await;
    assert_eq!(me(&beside, &access).await, StatusCode::OK);
    let (status, answer) = command(&world, &access, "/logout", json!({})).await;
    assert_eq!(
        (status, &answer["message"]),
        (StatusCode::OK, &json!("Successfully logged out"))
    );
    assert_eq!(me(&world, &access).await, StatusCode::UNAUTHORIZED);
    soon(async || me(&beside, &access).await == StatusCode::UNAUTHORIZED).await;
    assert_eq!(refresh(&world, &token).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let world = open().await;
    register(&world, "ada@example.org").await;
    let (here, _) = signed_in(&world, "ada").await;
    let (elsewhere, token) = signed_in(&world, "ada").await;
    let wrong = json!({ "current_password": "wrong", "new_password": "another good one" });
    let (status, problem) = command(&world, &here, "/change-password", wrong).await;
    assert_eq!(
        (status.as_u16(), code(&problem).as_str()),
        (422, "wrong_password")
    );
    let right = json!({ "current_password": PASSWORD, "new_password": "another good one" });
    let (status, problem) = command(&world, &here, "/change-password", right).await;
    assert_eq!(status, StatusCode::OK, "{problem}");
    assert_eq!(me(&world, &here).await, StatusCode::OK);
    assert_eq!(me(&world, &elsewhere).await, StatusCode::UNAUTHORIZED);
    soon(async || refresh(&world, &token).await.0 == StatusCode::UNAUTHORIZED).await;
    assert_eq!(
        login(&world, "ada", PASSWORD).await.0,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        login(&world, "ada", "another good one").await.0,
        StatusCode::OK
    );
}

#[tokio::test]
async fn somebody_sees_and_ends_their_own_sessions_and_no_others() {
    let world = open().await;
    register(&world, "ada@example.org").await;
    register(&world, "eve@example.org").await;
    let (ada, _) = signed_in(&world, "ada").await;
    let (phone, _) = signed_in(&world, "ada").await;
    let (eve, _) = signed_in(&world, "eve").await;
    let (_, mine) = answer(world.request_as(&ada, Method::GET, "/auth/sessions")).await;
    assert_eq!(mine["total"], 2);
    let list = mine["sessions"].as_array().expect("a list");
    let other = list.iter().find(|session| session["current"] == false);
    let other = other.expect("the phone")["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let path = format!("/auth/sessions/{other}");
    let (foreign, _) = answer(world.request_as(&eve, Method::DELETE, &path)).await;
    assert_eq!(foreign, StatusCode::NOT_FOUND);
    let (status, _) = answer(world.request_as(&ada, Method::DELETE, &path)).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (_, mine) = answer(world.request_as(&ada, Method::GET, "/auth/sessions")).await;
    assert_eq!(mine["total"], 1, "it is gone at once: {mine}");
    assert_eq!(me(&world, &phone).await, StatusCode::UNAUTHORIZED);
    assert_eq!(me(&world, &ada).await, StatusCode::OK);
}

#[tokio::test]
async fn a_changed_role_and_a_closed_account_take_back_what_was_given_before() {
    let world = open().await;
    let user = register(&world, "ada@example.org").await;
    let (access, token) = signed_in(&world, "ada").await;
    world
        .policy("cake", json!([stage("taste", &["developer"], 1)]))
        .await;
    let cake = world.asked(&world.admin, "cake").await;
    let id = user["id"].as_str().expect("an id");
    let queue = format!("/approvals?approver_id={id}");
    assert_eq!(world.current(&queue).await, json!([]));
    let promote = json!({ "id": user["id"], "data": { "role": "developer" } });
    assert_eq!(
        world.post("/commands/user/change_role", promote).await.0,
        StatusCode::OK
    );
    soon(async || world.current(&queue).await[0]["id"] == cake).await;
    let news = world
        .current("/activity/events?limit=200")
        .await
        .to_string();
    assert!(news.contains("Approval requested"), "{news}");
    for private in ["User ", "Session ", "Login name ", "Admin list ", id] {
        assert!(!news.contains(private), "{private}: {news}");
    }
    soon(async || me(&world, &access).await == StatusCode::UNAUTHORIZED).await;
    let (status, tokens) = refresh(&world, &token).await;
    assert_eq!(status, StatusCode::OK);
    let (access, _) = pair(&tokens);
    let (_, rights) = answer(world.request_as(&access, Method::GET, "/auth/permissions")).await;
    assert_eq!(rights["role"], "developer");
    let close = json!({ "id": user["id"], "data": {} });
    assert_eq!(
        world.post("/commands/user/deactivate_user", close).await.0,
        StatusCode::OK
    );
    soon(async || me(&world, &access).await == StatusCode::UNAUTHORIZED).await;
    let (status, problem) = login(&world, "ada", PASSWORD).await;
    assert_eq!(
        (status.as_u16(), code(&problem).as_str()),
        (403, "account_inactive")
    );
}

#[tokio::test]
async fn in_the_personal_space_everything_is_ones_own_and_nothing_of_the_installation() {
    let world = open().await;
    register(&world, "ada@example.org").await;
    let (access, _) = signed_in(&world, "ada").await;
    let (_, rights) = answer(world.request_as(&access, Method::GET, "/auth/permissions")).await;
    let held = rights["permissions"].as_array().expect("codes");
    assert!(held.contains(&json!("tasks.create")) && !held.contains(&json!("operations.manage")));
    assert_eq!(rights.get("organization"), None);
    let task = world.request_as(&access, Method::POST, "/tasks");
    let (status, _) = answer(task.json(&json!({ "name": "Mine" }))).await;
    assert_eq!(status, StatusCode::CREATED);
    let (_, theirs) = world.get("/tasks").await;
    assert_eq!(theirs["total"], 0);
    let projections = world.request_as(&access, Method::GET, "/projections");
    assert_eq!(answer(projections).await.0, StatusCode::FORBIDDEN);
}
