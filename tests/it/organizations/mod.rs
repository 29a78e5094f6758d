//! Organisations, teams and what follows from them (console.md §17, §18).

mod approvals;
mod limits;
mod members;
mod nodes;
mod permissions;
mod sockets;
mod teams;
mod unchanged;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, answer};

const PASSWORD: &str = "correct horse battery";

/// A node where everybody may register.
async fn open() -> World {
    World::with(&[("PANTHEON_REGISTRATION", "open")]).await
}

/// Somebody with an account, signed in.
struct Person<'w> {
    world: &'w World,
    id: String,
    token: String,
}

impl<'w> Person<'w> {
    async fn new(world: &'w World, name: &str) -> Self {
        let url = |path| format!("http://{}/api/v1/auth{path}", world.node.address());
        let client = reqwest::Client::new();
        let account = json!({
            "email": format!("{name}@example.org"), "username": name, "password": PASSWORD,
        });
        let (status, user) = answer(client.post(url("/register")).json(&account)).await;
        assert_eq!(status, StatusCode::CREATED, "{user}");
        let mut person = Self {
            world,
            id: text(&user["id"]),
            token: String::new(),
        };
        person.token = person.sign_in(name).await;
        person
    }

    /// A new access token.
    async fn sign_in(&self, name: &str) -> String {
        let url = format!("http://{}/api/v1/auth/login", self.world.node.address());
        let login = json!({ "username": name, "password": PASSWORD });
        let (status, tokens) = answer(reqwest::Client::new().post(url).json(&login)).await;
        assert_eq!(status, StatusCode::OK, "{tokens}");
        text(&tokens["access_token"])
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        answer(self.world.request_as(&self.token, Method::GET, path)).await
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        answer(self.world.request_as(&self.token, method, path).json(&body)).await
    }

    async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        self.send(Method::POST, path, body).await
    }

    async fn delete(&self, path: &str) -> (StatusCode, Value) {
        answer(self.world.request_as(&self.token, Method::DELETE, path)).await
    }

    /// The permissions where the token acts.
    async fn permissions(&self, path: &str) -> Vec<String> {
        let (status, body) = self.get(path).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let list = body["permissions"].as_array().expect("a list").iter();
        let code = |held: &Value| text(held.get("code").unwrap_or(held));
        list.map(code).collect()
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}

/// An organisation of somebody's.
async fn engines(owner: &Person<'_>) -> String {
    let (status, made) = owner
        .post("/organizations", json!({ "name": "Engines" }))
        .await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    text(&made["organization"]["id"])
}

/// Somebody joins an organisation.
async fn joins(owner: &Person<'_>, organization: &str, name: &str, role: &str, who: &Person<'_>) {
    let members = format!("/organizations/{organization}/members");
    let asked = json!({ "identifier": name, "role": role });
    let (status, invited) = owner.post(&members, asked).await;
    assert_eq!(status, StatusCode::CREATED, "{invited}");
    assert_eq!(invited["status"], "invited");
    let (status, joined) = who.post(&format!("{members}/accept"), json!({})).await;
    assert_eq!(status, StatusCode::OK, "{joined}");
    assert_eq!(
        (&joined["status"], &joined["role"]),
        (&json!("active"), &json!(role))
    );
}
