//! The mock login (CON-64) in a build that has it: `cargo test --features mock-login --test mock_login`,
//! a part of `make check`. That no other build has it is shown by `make test` (S12).

use std::collections::BTreeMap;

use pantheon::config::{Config, Mode, Sources};
use pantheon::node::Node;
use pantheon_harness::{Database, Postgres};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A node on a database of its own, and the folder of its keys.
async fn node() -> (Node, (Database, TempDir)) {
    let database = Postgres::shared().await.expect("a database");
    let dir = tempfile::tempdir().expect("a folder");
    let settings = [
        ("PANTHEON_LISTEN", "127.0.0.1:0".to_owned()),
        ("PANTHEON_DATA_DIR", dir.path().display().to_string()),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value));
    let config = Config::load(&Sources {
        mode: Mode::Serve,
        file: None,
        env: BTreeMap::from(settings),
        flags: BTreeMap::new(),
    });
    let node = Node::start(config.expect("good settings"), database.url(), None);
    let node = node.await.expect("a node");
    (node, (database, dir))
}

fn mock(node: &Node, body: &Value) -> RequestBuilder {
    let url = format!("http://{}/api/v1/auth/mock", node.address());
    Client::new().post(url).json(body)
}

fn ada() -> Value {
    json!({ "github_id": 42, "email": "ada@example.org", "name": "Ada" })
}

async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let answer = request.send().await.expect("an answer");
    (answer.status(), answer.json().await.expect("JSON"))
}

async fn refused(request: RequestBuilder, status: u16, code: &str) {
    let (got, body) = answer(request).await;
    assert_eq!(
        (got.as_u16(), &body["code"]),
        (status, &json!(code)),
        "{body}"
    );
}

#[tokio::test]
async fn con64_whoever_it_names_is_an_admin_of_the_default_organisation() {
    let (node, _kept) = node().await;
    let (status, first) = answer(mock(&node, &ada())).await;
    assert_eq!(status, StatusCode::OK, "{first}");
    let user = &first["user"];
    assert_eq!(
        (&user["github_id"], &user["role"]),
        (&json!(42), &json!("admin"))
    );
    let picture = "https://avatars.githubusercontent.com/u/0";
    assert_eq!(user["avatar_url"], picture);
    let default = pantheon_events::TenantId::default_organization();
    assert_eq!(first["organization_id"], default.to_string());
    let url = format!("http://{}/api/v1/projections", node.address());
    let token = first["access_token"].as_str().expect("a token");
    let projections = Client::new().get(url).bearer_auth(token);
    assert_eq!(answer(projections).await.0, StatusCode::OK);
    let (_, again) = answer(mock(&node, &ada())).await;
    assert_eq!(again["user"]["id"], user["id"]);
    let nobody = json!({ "github_id": 0, "email": "ada@example.org" });
    refused(mock(&node, &nobody), 422, "validation_failed").await;
}

#[tokio::test]
async fn con64_nobody_behind_a_proxy_and_no_page_from_elsewhere_is_let_in() {
    let (node, _kept) = node().await;
    for (name, value) in [
        ("x-forwarded-for", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1"),
        ("x-real-ip", "127.0.0.1"),
        ("x-forwarded-host", "localhost"),
        ("via", "1.1 proxy"),
        ("origin", "https://evil.example"),
        ("host", "evil.example"),
    ] {
        let request = mock(&node, &ada()).header(name, value);
        refused(request, 403, "forbidden").await;
    }
}
