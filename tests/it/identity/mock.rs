//! The mock login (CON-64) is absent from builds without the feature `mock-login`; in those with it,
//! `tests/mock_login.rs` shows what it does.
#![cfg(not(feature = "mock-login"))]

use pantheon::auth::table;
use reqwest::Client;
use serde_json::json;

use crate::world::{World, bytes};

/// S12, CON-64: not refused, but not there.
#[tokio::test]
async fn s12_the_mock_login_is_no_address() {
    assert!(table::route("POST", "/api/v1/auth/mock").is_none());
    let document = pantheon::http::routes().document().to_string();
    assert!(document.contains("/api/v1/auth/login") && !document.contains("/auth/mock"));
    let world = World::new().await;
    let body = json!({ "github_id": 42, "email": "ada@example.org" });
    let ask = |path: &str| {
        let url = format!("http://{}/api/v1/auth/{path}", world.node.address());
        bytes(Client::new().post(url).json(&body))
    };
    let (status, absent) = ask("mock").await;
    assert_eq!((status, absent), ask("nowhere").await);
    assert_eq!(status, 404);
}
