//! Accounts, sign-in and sessions (business.md §3).

mod accounts;
mod github;
mod keys;
mod limits;
mod mock;
mod personal;
mod rotation;
mod sessions;
mod untrue;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, answer};

const PASSWORD: &str = "correct horse battery";

/// A node where everybody may register.
async fn open() -> World {
    World::with(&[("PANTHEON_REGISTRATION", "open")]).await
}

/// A request of somebody who has not signed in.
async fn anonymous(world: &World, path: &str, body: Value) -> (StatusCode, Value) {
    let url = format!("http://{}/api/v1/auth{path}", world.node.address());
    answer(reqwest::Client::new().post(url).json(&body)).await
}

async fn register(world: &World, email: &str) -> Value {
    let body = json!({ "email": email, "password": PASSWORD, "full_name": "Ada Lovelace" });
    let (status, user) = anonymous(world, "/register", body).await;
    assert_eq!(status, StatusCode::CREATED, "{user}");
    user
}

async fn login(world: &World, name: &str, password: &str) -> (StatusCode, Value) {
    anonymous(
        world,
        "/login",
        json!({ "username": name, "password": password }),
    )
    .await
}

/// The tokens of somebody who signs in.
async fn signed_in(world: &World, name: &str) -> (String, String) {
    let (status, tokens) = login(world, name, PASSWORD).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    pair(&tokens)
}

fn pair(tokens: &Value) -> (String, String) {
    let text = |name: &str| tokens[name].as_str().expect("a token").to_owned();
    (text("access_token"), text("refresh_token"))
}

async fn me(world: &World, token: &str) -> StatusCode {
    let (status, _) = answer(world.request_as(token, Method::GET, "/auth/me")).await;
    status
}
