//! Shutting accounts out, letting them in, ending their sessions.

use std::time::Duration;

use futures_util::StreamExt;
use pantheon_harness::eventually;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;

use super::{PASSWORD, get, id, login, made, signed_in};
use crate::world::{World, code, refused};

const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn who_is_shut_out_loses_tokens_sessions_and_sockets_on_every_node_until_let_in() {
    let world = World::new().await;
    let beside = world.beside().await;
    let ada = id(&made(&world, "ada", "developer").await);
    let token = signed_in(&world, "ada").await;
    eventually(LONG, async || {
        match get(&beside, &token, "/auth/me").await {
            (StatusCode::OK, _) => Ok(()),
            (status, body) => Err(format!("{status} {body}")),
        }
    })
    .await;
    let (status, ticket) = super::post(&beside, &token, "/live/tickets", json!({})).await;
    assert!(status.is_success(), "{ticket}");
    let ticket = ticket["ticket"].as_str().expect("a ticket");
    let url = format!("ws://{}/api/v1/live?ticket={ticket}", beside.node.address());
    let (mut socket, _) = connect_async(url).await.expect("a socket");

    let (status, user) = world
        .post(&format!("/users/{ada}/deactivate"), json!({}))
        .await;
    assert_eq!(
        (status, &user["is_active"]),
        (StatusCode::OK, &json!(false))
    );
    assert_eq!(
        get(&world, &token, "/auth/me").await.0,
        StatusCode::UNAUTHORIZED
    );
    let cut = async {
        while let Some(Ok(message)) = socket.next().await {
            if message.is_close() {
                break;
            }
        }
    };
    tokio::time::timeout(LONG, cut)
        .await
        .expect("the socket of the other node is cut");
    eventually(LONG, async || {
        match get(&beside, &token, "/auth/me").await.0 {
            StatusCode::UNAUTHORIZED => Ok(()),
            status => Err(status),
        }
    })
    .await;
    let (status, problem) = login(&world, "ada", PASSWORD).await;
    assert_eq!(
        (status, code(&problem).as_str()),
        (StatusCode::FORBIDDEN, "account_inactive")
    );
    eventually(LONG, async || {
        let sessions = world.current("/security/active-sessions").await;
        match &sessions["total"] {
            Value::Number(number) if number.as_i64() == Some(0) => Ok(()),
            total => Err(total.clone()),
        }
    })
    .await;

    let (_, user) = world
        .post(&format!("/users/{ada}/activate"), json!({}))
        .await;
    assert_eq!(user["is_active"], true);
    let again = signed_in(&world, "ada").await;
    assert_eq!(get(&world, &again, "/auth/me").await.0, StatusCode::OK);
    assert_eq!(
        get(&world, &token, "/auth/me").await.0,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_removed_account_is_shut_out_and_what_it_did_stays_told() {
    let world = World::new().await;
    let ada = id(&made(&world, "ada", "developer").await);
    let token = signed_in(&world, "ada").await;
    let (_, task) = super::post(&world, &token, "/tasks", json!({ "name": "hers" })).await;
    let path = format!("/users/{ada}");
    assert_eq!(world.delete(&path).await.0, StatusCode::NO_CONTENT);
    assert_eq!(world.delete(&path).await.0, StatusCode::NO_CONTENT);
    assert_eq!(
        get(&world, &token, "/auth/me").await.0,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(world.current(&path).await["is_active"], false);
    let task = format!("/tasks/{}", task["id"].as_str().expect("an id"));
    assert_eq!(world.get(&task).await.0, StatusCode::OK);
    let erase = world.request(Method::DELETE, &format!("{path}?erase=true"));
    refused(erase, 422, "rule_violated").await;
}

#[tokio::test]
async fn a_repeated_request_does_not_undo_what_came_after_it() {
    let world = World::new().await;
    let ada = id(&made(&world, "ada", "viewer").await);
    let key = uuid::Uuid::now_v7().to_string();
    let shut_out = || {
        let request = world.request(Method::POST, &format!("/users/{ada}/deactivate"));
        request.header("idempotency-key", &key).json(&json!({}))
    };
    assert_eq!(crate::world::answer(shut_out()).await.0, StatusCode::OK);
    let (status, _) = world
        .post(&format!("/users/{ada}/activate"), json!({}))
        .await;
    assert_eq!(status, StatusCode::OK);
    let token = signed_in(&world, "ada").await;
    assert_eq!(crate::world::answer(shut_out()).await.0, StatusCode::OK);
    assert_eq!(get(&world, &token, "/auth/me").await.0, StatusCode::OK);
}

#[tokio::test]
async fn an_unlocked_account_has_all_its_tries_again() {
    let world = World::new().await;
    let ada = id(&made(&world, "ada", "viewer").await);
    for _ in 0..5 {
        assert_eq!(
            login(&world, "ada", "wrong").await.0,
            StatusCode::UNAUTHORIZED
        );
    }
    let (_, problem) = login(&world, "ada", PASSWORD).await;
    assert_eq!(code(&problem), "account_locked");
    let (status, user) = world.post(&format!("/users/{ada}/unlock"), json!({})).await;
    assert_eq!(status, StatusCode::OK, "{user}");
    assert_eq!(
        login(&world, "ada", "wrong").await.0,
        StatusCode::UNAUTHORIZED
    );
    signed_in(&world, "ada").await;
}

#[tokio::test]
async fn an_admin_ends_anybodys_session_and_others_only_their_own() {
    let world = World::new().await;
    made(&world, "ada", "viewer").await;
    made(&world, "bob", "viewer").await;
    let (ada, bob) = (
        signed_in(&world, "ada").await,
        signed_in(&world, "bob").await,
    );
    let (_, sessions) = get(&world, &ada, "/auth/sessions").await;
    let session = sessions["sessions"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let path = format!("/auth/sessions/{session}");
    refused(
        world.request_as(&bob, Method::DELETE, &path),
        404,
        "not_found",
    )
    .await;
    assert_eq!(world.delete(&path).await.0, StatusCode::NO_CONTENT);
    assert_eq!(
        get(&world, &ada, "/auth/me").await.0,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(get(&world, &bob, "/auth/me").await.0, StatusCode::OK);
}

#[tokio::test]
async fn the_last_admin_stays() {
    let world = World::new().await;
    let ada = id(&made(&world, "ada", "admin").await);
    pantheon_harness::soon(async || world.events("admin_list", "installation").await.len() == 1)
        .await;
    let ask = |method: Method, path: String, body: Value| world.request(method, &path).json(&body);
    let path = format!("/users/{ada}");
    let demote = ask(Method::PATCH, path.clone(), json!({ "role": "viewer" }));
    refused(demote, 422, "last_admin").await;
    refused(
        ask(Method::DELETE, path.clone(), json!({})),
        422,
        "last_admin",
    )
    .await;
    let shut_out = ask(Method::POST, format!("{path}/deactivate"), json!({}));
    refused(shut_out, 422, "last_admin").await;
    let token = signed_in(&world, "ada").await;
    assert_eq!(
        get(&world, &token, "/users/statistics").await.0,
        StatusCode::OK
    );
}
