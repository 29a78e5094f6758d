//! Looking after accounts (errors.md §5).

mod accounts;
mod find;
mod passwords;
mod standing;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, answer};

const PASSWORD: &str = "correct horse battery";

/// An account made by the operator.
async fn made(world: &World, name: &str, role: &str) -> Value {
    let body = json!({
        "email": format!("{name}@example.org"), "name": name, "role": role, "password": PASSWORD,
    });
    let (status, user) = world.post("/users", body).await;
    assert_eq!(status, StatusCode::CREATED, "{user}");
    user
}

fn id(user: &Value) -> String {
    user["id"].as_str().expect("an id").to_owned()
}

async fn login(world: &World, name: &str, password: &str) -> (StatusCode, Value) {
    let url = format!("http://{}/api/v1/auth/login", world.node.address());
    let body = json!({ "username": name, "password": password });
    answer(reqwest::Client::new().post(url).json(&body)).await
}

/// An access token of somebody who signs in.
async fn signed_in(world: &World, name: &str) -> String {
    let (status, tokens) = login(world, name, PASSWORD).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    tokens["access_token"].as_str().expect("a token").to_owned()
}

async fn get(world: &World, token: &str, path: &str) -> (StatusCode, Value) {
    answer(world.request_as(token, Method::GET, path)).await
}

async fn post(world: &World, token: &str, path: &str, body: Value) -> (StatusCode, Value) {
    answer(world.request_as(token, Method::POST, path).json(&body)).await
}
