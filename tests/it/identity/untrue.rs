//! S01: tokens that a key of the node's own signed, and that say of a session what is not so.
//!
//! Such tokens exist after the database was set back, and when a key was stolen.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use pantheon_harness::soon;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{anonymous, me, pair, register, signed_in};
use crate::live::ws::{Client, Heard};
use crate::world::{World, answer, bytes, send};

/// The claims of a token.
fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

/// The token with one claim changed, signed with the node's own key.
fn changed(world: &World, token: &str, claim: &str, value: Value) -> String {
    let path = &world.node.app().config.data_dir;
    let pem = std::fs::read(path.join("keys/token.pem")).expect("the key");
    let key = EncodingKey::from_ed_pem(&pem).expect("an Ed25519 key");
    let header = jsonwebtoken::decode_header(token).expect("a header");
    let header = Header {
        kid: header.kid,
        ..Header::new(Algorithm::EdDSA)
    };
    let mut claims = claims(token);
    claims[claim] = value;
    encode(&header, &claims, &key).expect("it signs")
}

/// How a socket is refused that shows the token in its head, and one that shows it in its first frame.
async fn sockets(world: &World, token: &str) -> (u16, Heard) {
    let address = world.node.address();
    let bearer = format!("Bearer {token}");
    let protocol = ("sec-websocket-protocol", Some("pantheon.live.v1"));
    let headers = [protocol, ("authorization", Some(bearer.as_str()))];
    let head = Client::open(address, "/api/v1/live", None, &headers).await;
    let refused = head.err().expect("no socket");
    let silent = Client::open(address, "/api/v1/live", None, &[protocol]).await;
    let mut socket = silent.unwrap_or_else(|status| panic!("a socket that waits: {status}"));
    socket.say(json!({ "type": "init", "token": token })).await;
    (refused, socket.hear().await)
}

#[tokio::test]
async fn s01_a_token_of_no_session_or_of_somebody_else_s_is_the_same_401_at_every_door() {
    let world = World::with_bus(&[("PANTHEON_REGISTRATION", "open")]).await;
    let beside = world.beside().await;
    register(&world, "ada@example.org").await;
    let eve = register(&world, "eve@example.org").await;
    let (ada, refresh) = signed_in(&world, "ada").await;
    let (left, _) = signed_in(&world, "ada").await;
    let ended = claims(&left)["sid"].clone();
    let gone = world.request_as(&left, Method::POST, "/auth/logout");
    assert_eq!(answer(gone.json(&json!({}))).await.0, StatusCode::OK);

    let untrue = [
        (
            "no such session",
            changed(&world, &ada, "sid", json!(Uuid::new_v4())),
        ),
        (
            "not a user's id at all",
            changed(&world, &ada, "sid", eve["id"].clone()),
        ),
        ("a session that ended", changed(&world, &ada, "sid", ended)),
        (
            "somebody else's session",
            changed(&world, &ada, "sub", eve["id"].clone()),
        ),
        (
            "nobody's account",
            changed(&world, &ada, "sub", json!(Uuid::new_v4())),
        ),
    ];
    let service = world.service().await;
    let create = json!({ "data": { "name": "A" } });
    let nobody = world.request_as("", Method::GET, "/auth/me");
    let expected = bytes(nobody).await;
    assert_eq!(expected.0, 401);
    for (what, token) in &untrue {
        for node in [&world, &beside] {
            for (method, path) in [
                (Method::GET, "/auth/me"),
                (Method::GET, "/tasks"),
                (Method::GET, "/events/stream"),
                (Method::POST, "/tasks"),
                (Method::POST, "/live/tickets"),
                (Method::POST, "/auth/switch-organization"),
            ] {
                let got = bytes(node.request_as(token, method.clone(), path)).await;
                assert_eq!(got, expected, "{what}: {method} {path}");
            }
        }
        assert_eq!(
            sockets(&world, token).await,
            (401, Heard::Closed(4501)),
            "{what}"
        );
        let said = send(&service, "task.create_task", Some(token), &create).await;
        assert_eq!(said["status"], 401, "{what}: {said}");
    }

    // True ones go on: on a node that has not seen them, after a start, and their successors.
    for node in [&world, &beside] {
        assert_eq!(me(node, &ada).await, StatusCode::OK);
    }
    beside.node.stop().await;
    let world = world.restarted().await;
    soon(async || me(&world, &ada).await == StatusCode::OK).await;
    let next = anonymous(&world, "/refresh", json!({ "refresh_token": refresh })).await;
    assert_eq!(next.0, StatusCode::OK, "{}", next.1);
    assert_eq!(me(&world, &pair(&next.1).0).await, StatusCode::OK);
    let (status, _) = world.get("/tasks").await;
    assert_eq!(status, StatusCode::OK, "an operator's token has no session");
}
