//! The keys of tokens: several at once, another one in force, and one that is retired.

use chrono::DateTime;
use pantheon::auth::KeyFile;
use pantheon_harness::soon;
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;

use super::{me, open, pair, register, signed_in};
use crate::world::{World, answer, reply};

fn file(world: &World) -> KeyFile {
    KeyFile::of(&world.node.app().config).expect("a file in the data directory")
}

/// What anybody may know of the keys.
async fn jwks(world: &World) -> Vec<Value> {
    let url = format!("http://{}/.well-known/jwks.json", world.node.address());
    let (status, body) = answer(Client::new().get(url)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body["keys"].as_array().expect("a list").clone()
}

/// The key that a token names.
fn kid(token: &str) -> String {
    let header = jsonwebtoken::decode_header(token).expect("a header");
    header.kid.expect("a kid")
}

/// Waits until the node goes by so many keys, of which this one signs.
async fn reached(world: &World, signs: &str, count: usize) {
    soon(async || {
        let keys = jwks(world).await;
        keys.len() == count && keys[0]["kid"] == signs
    })
    .await;
}

/// A rotation signs nobody out, and does not end a session.
#[tokio::test]
async fn a_token_from_before_a_rotation_is_good_beside_those_of_the_new_key() {
    let world = open().await;
    register(&world, "ada@example.org").await;
    let (old, refresh) = signed_in(&world, "ada").await;
    let keys = file(&world).rotate(DateTime::UNIX_EPOCH).expect("a key");
    reached(&world, &keys[0].kid, 2).await;
    assert_eq!(kid(&old), keys[1].kid);
    assert_eq!(me(&world, &old).await, StatusCode::OK);

    let url = format!("http://{}/api/v1/auth/refresh", world.node.address());
    let body = serde_json::json!({ "refresh_token": refresh });
    let (status, tokens) = answer(Client::new().post(url).json(&body)).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    let (new, _) = pair(&tokens);
    assert_eq!(kid(&new), keys[0].kid);
    assert_eq!(me(&world, &new).await, StatusCode::OK);

    // Another start finds the same keys.
    let world = world.restarted().await;
    assert_eq!(jwks(&world).await.len(), 2);
    assert_eq!(
        (me(&world, &old).await, me(&world, &new).await),
        (StatusCode::OK, StatusCode::OK)
    );
}

/// A token of a retired key is refused like any that is no good, also one that was just let in.
#[tokio::test]
async fn a_token_of_a_retired_key_is_refused() {
    let world = open().await;
    register(&world, "ada@example.org").await;
    let (old, _) = signed_in(&world, "ada").await;
    let keys = file(&world).rotate(DateTime::UNIX_EPOCH).expect("a key");
    reached(&world, &keys[0].kid, 2).await;
    assert_eq!(me(&world, &old).await, StatusCode::OK);
    let operator = world.admin.clone();
    file(&world).retire(&keys[1].kid).expect("retired");
    reached(&world, &keys[0].kid, 1).await;
    for token in [&old, &operator] {
        let known = answer(world.request_as(token, Method::GET, "/auth/me")).await;
        let unknown = answer(world.request_as("nonsense", Method::GET, "/auth/me")).await;
        assert_eq!(known.0, StatusCode::UNAUTHORIZED);
        assert_eq!(known.1["detail"], unknown.1["detail"]);
    }
    let (new, _) = signed_in(&world, "ada").await;
    assert_eq!(me(&world, &new).await, StatusCode::OK);
}

/// RFC 7517, RFC 8037: public halves and nothing else, for anybody.
#[tokio::test]
async fn the_key_set_holds_public_halves_only() {
    let world = open().await;
    let keys = file(&world).rotate(DateTime::UNIX_EPOCH).expect("a key");
    reached(&world, &keys[0].kid, 2).await;
    for key in jwks(&world).await {
        let names: Vec<_> = key.as_object().expect("a key").keys().collect();
        assert_eq!(names, ["kty", "crv", "use", "alg", "kid", "x"]);
        assert_eq!(
            (&key["kty"], &key["crv"]),
            (&"OKP".into(), &"Ed25519".into())
        );
    }
    let url = format!("http://{}/.well-known/jwks.json", world.node.address());
    let page = reply(Client::new().get(url)).await;
    assert_eq!(page.headers["content-type"], "application/json");
    // What it holds verifies what this node signs.
    let token = &world.admin;
    let jwk = jwks(&world)
        .await
        .into_iter()
        .find(|key| key["kid"] == kid(token).as_str());
    let x = jwk.expect("the key of the token")["x"]
        .as_str()
        .expect("text")
        .to_owned();
    let key = jsonwebtoken::DecodingKey::from_ed_components(&x).expect("a key");
    let mut checks = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::EdDSA);
    checks.set_audience(&["pantheon"]);
    checks.validate_exp = false;
    jsonwebtoken::decode::<Value>(token, &key, &checks).expect("verified");
}
