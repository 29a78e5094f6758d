//! CON-62: whether everything is there that work needs; CON-61: `/health`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pantheon::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::world::{World, refused};

/// Something that answers as GitHub does to one good token, and how often it was asked.
async fn github() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let Ok(read) = stream.read(&mut request).await else {
                continue;
            };
            let request = String::from_utf8_lossy(&request[..read]).to_lowercase();
            count.fetch_add(1, Ordering::SeqCst);
            let good = request.starts_with("get /user ") && request.contains("bearer good\r\n");
            let status = if good { "200 OK" } else { "401 Unauthorized" };
            let answer =
                format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}");
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (format!("http://{address}"), asked)
}

fn failed(body: &Value) -> Vec<&str> {
    let checks = body["checks"].as_array().expect("checks").iter();
    let failed = checks.filter(|check| check["status"] == "fail");
    failed
        .map(|check| check["name"].as_str().expect("a name"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn con_62_preflight_names_what_is_missing_and_asks_github_once_a_minute() {
    let (url, asked) = github().await;
    let settings: Vec<(&str, &str)> = vec![
        ("PANTHEON_GITHUB_API_URL", Box::leak(url.into_boxed_str())),
        ("PANTHEON_GITHUB_TOKEN", "good"),
    ];
    let world = World::with_bus(&settings).await;
    let (status, body) = world.get("/preflight").await;
    assert_eq!(status, 200, "{body}");
    let checks = body["checks"].as_array().expect("checks").iter();
    let known: Vec<_> = checks
        .map(|check| {
            (
                check["name"].as_str().expect("a name"),
                check["critical"] == true,
            )
        })
        .collect();
    assert_eq!(
        known,
        [
            ("database", true),
            ("nats", true),
            ("migrations", true),
            ("github_token", true),
            ("gh_auth", true),
            ("disk", false),
            ("logs_directory", false),
            ("log_directory_env", false)
        ]
    );
    assert!(body["timestamp"].is_string(), "{body}");
    assert_eq!(
        body["status"], "degraded",
        "only the log's directory is not named: {body}"
    );
    assert!(
        failed(&body)
            .iter()
            .all(|name| ["disk", "log_directory_env"].contains(name)),
        "{body}"
    );
    world.get("/preflight").await;
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let forbidden = world.request_as("none", Method::GET, "/preflight");
    refused(forbidden, 401, "unauthenticated").await;

    let refusing = world
        .restarted_with(&[
            ("PANTHEON_GITHUB_TOKEN", "bad"),
            ("PANTHEON_LOG_DIR", "/nowhere"),
        ])
        .await;
    let (_, body) = refusing.get("/preflight").await;
    assert_eq!(body["status"], "unhealthy");
    let failed = failed(&body);
    assert!(
        failed.contains(&"gh_auth") && failed.contains(&"logs_directory"),
        "{body}"
    );
    assert!(!failed.contains(&"log_directory_env"), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn con_61_health_is_public_and_has_the_pools_figures() {
    let world = World::new().await;
    let url = format!("http://{}/api/v1/health", world.node.address());
    let answer = reqwest::get(&url).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let body: Value = answer.json().await.expect("JSON");
    assert_eq!(
        (&body["status"], &body["database"]["status"]),
        (&json!("ok"), &json!("connected"))
    );
    assert!(body["version"].is_string());
    for name in ["active_connections", "idle_connections", "max_connections"] {
        assert!(body["database"][name].is_u64(), "{name}: {body}");
    }
    let (status, body) = world.get("/preflight").await;
    assert_eq!(
        (status.as_u16(), &body["status"]),
        (200, &json!("unhealthy")),
        "{body}"
    );
    let viewer = world.role(Role::Viewer);
    let seen = world
        .request_as(&viewer, Method::GET, "/preflight")
        .send()
        .await;
    assert_eq!(seen.expect("an answer").status(), 200);
}
