//! CORS, unknown paths and methods, health, slow clients, the table.

use std::time::{Duration, Instant};

use axum::routing::get;
use pantheon::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::shell::{READ, WRITE, api, doors, start};
use crate::world::problem;

#[tokio::test]
async fn g13_a_route_without_a_row_does_not_start() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (doors, _, _) = doors(dir.path(), &[]);
    let api = api().plain("GET", "/api/v1/nowhere", get(|| async {}));
    let error = api.build((), &doors).expect_err("there is no row");
    assert!(error.to_string().contains("GET /api/v1/nowhere"), "{error}");
}

#[tokio::test]
async fn a_preflight_needs_no_token_and_names_every_header() {
    let shell = start(&[]).await;
    let request = reqwest::Client::new()
        .request(Method::OPTIONS, shell.url(WRITE))
        .header("origin", "http://localhost:3000")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization");
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), 204);
    let headers = answer.headers();
    assert_eq!(headers["access-control-allow-origin"], "*");
    assert_eq!(headers["access-control-max-age"], "600");
    let allowed = headers["access-control-allow-headers"]
        .to_str()
        .expect("text");
    for name in [
        "authorization",
        "content-type",
        "idempotency-key",
        "if-match",
        "x-request-id",
        "x-retry-after-refresh",
    ] {
        assert!(allowed.contains(name), "{name}");
    }
}

#[tokio::test]
async fn with_a_list_other_origins_get_no_leave_and_their_sockets_403() {
    let shell = start(&[("PANTHEON_CORS_ORIGINS", "https://console.example.org")]).await;
    let ask = async |origin: &str, upgrade: bool| {
        let request = shell.get("/livez").header("origin", origin);
        let request = if upgrade {
            request.header("upgrade", "websocket")
        } else {
            request
        };
        request.send().await.expect("an answer")
    };
    let good = ask("https://console.example.org", false).await;
    assert_eq!(
        good.headers()["access-control-allow-origin"],
        "https://console.example.org"
    );
    let other = ask("https://elsewhere.example.org", false).await;
    assert!(!other.headers().contains_key("access-control-allow-origin"));
    assert_eq!(
        ask("https://elsewhere.example.org", true).await.status(),
        403
    );
}

#[tokio::test]
async fn unknown_paths_and_methods_answer_everybody_in_the_one_form() {
    let shell = start(&[]).await;
    assert_eq!(problem(shell.get("/api/v1/nowhere")).await.0, 404);
    assert_eq!(
        problem(shell.get("/users/login?username=a&password=b"))
            .await
            .0,
        404
    );
    let delete = reqwest::Client::new().delete(shell.url(READ));
    let answer = delete
        .try_clone()
        .expect("no body")
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.headers()["allow"], "GET,HEAD");
    let (status, body) = problem(delete).await;
    assert_eq!((status, &body["code"]), (405, &json!("method_not_allowed")));
}

#[tokio::test]
async fn problem_json_is_given_to_those_who_ask_for_it() {
    let shell = start(&[]).await;
    let request = shell
        .get("/api/v1/nowhere")
        .header("accept", "application/problem+json");
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
}

#[tokio::test]
async fn a_trailing_slash_and_head_are_the_same_route() {
    let shell = start(&[]).await;
    let token = shell.token(Role::Admin);
    let slash = shell
        .get(&format!("{READ}/?limit=3"))
        .bearer_auth(&token)
        .send()
        .await;
    let body: Value = slash.expect("an answer").json().await.expect("a body");
    assert_eq!(body["limit"], 3);
    let head = reqwest::Client::new()
        .head(shell.url(READ))
        .bearer_auth(&token)
        .send()
        .await;
    let head = head.expect("an answer");
    assert_eq!(
        (head.status().as_u16(), &head.headers()["pantheon-position"]),
        (200, &"7".parse().expect("a value"))
    );
}

#[tokio::test]
async fn health_answers_without_a_token_but_its_details_need_one() {
    let shell = start(&[]).await;
    let status = async |path: &str| shell.get(path).send().await.expect("an answer").status();
    assert_eq!(status("/livez").await, 200);
    assert_eq!(status("/api/v1/health/").await, 200);
    assert_eq!(status("/health/live").await, 200);
    for path in ["/readyz", "/health", "/health/ready"] {
        assert_eq!(status(path).await, 503, "{path}");
    }
    assert_eq!(status("/readyz?verbose").await, 401);
    let token = shell.token(Role::Viewer);
    let verbose = shell.get("/readyz?verbose").bearer_auth(token).send().await;
    let body: Value = verbose.expect("an answer").json().await.expect("a body");
    assert_eq!(body["failing"], json!(["nats"]));
    assert_eq!(body["checks"][1]["message"], "is gone");
    assert_eq!(status("/metrics").await, 200, "this machine may look");
    let proxied = shell
        .get("/metrics")
        .header("x-forwarded-for", "203.0.113.9")
        .send()
        .await;
    assert_eq!(proxied.expect("an answer").status(), 401);
}

#[tokio::test]
async fn the_api_s_page_works_offline() {
    let shell = start(&[]).await;
    let page = shell
        .get("/docs")
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("a page");
    assert!(
        page.contains("<base href=\"/docs/\">") && !page.contains("https://"),
        "{page}"
    );
    let script = shell
        .get("/docs/swagger-initializer.js")
        .send()
        .await
        .expect("an answer");
    let script = script.text().await.expect("a script");
    assert!(script.contains("/openapi.json"), "{script}");
    assert!(script.contains(r#""validatorUrl": "none""#), "{script}");
    let document: Value = shell
        .get("/openapi.json")
        .send()
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON");
    assert_eq!(document["openapi"], "3.1.0");
}

#[tokio::test]
async fn a_client_that_dribbles_its_first_head_is_cut_off() {
    let shell = start(&[]).await;
    let mut stream = TcpStream::connect(shell.address)
        .await
        .expect("a connection");
    let begun = Instant::now();
    stream
        .write_all(b"GET /livez HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        .await
        .expect("it is taken");
    let mut rest = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut rest)).await;
    assert!(read.is_ok(), "the connection is still open");
    assert!(
        begun.elapsed() >= Duration::from_secs(4),
        "cut off too early"
    );
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let shell = start(&[]).await;
    let request = shell.get("/livez").header("x-large", "a".repeat(64 * 1024));
    let status = request.send().await.expect("an answer").status();
    assert!(status.is_client_error(), "{status}");
}

#[tokio::test]
async fn what_is_under_way_at_the_stop_is_answered() {
    let shell = start(&[]).await;
    let mut stream = TcpStream::connect(shell.address)
        .await
        .expect("a connection");
    stream
        .write_all(b"GET /livez HTTP/1.1\r\nHost: a\r\n")
        .await
        .expect("it is taken");
    let answered = shell.get("/livez").send().await.expect("an answer");
    assert_eq!(answered.status(), 200);
    shell.stop.cancel();
    let _ = stream.write_all(b"\r\n").await;
    let mut rest = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut rest)).await;
    assert!(read.is_ok(), "the connection is still open");
    assert!(
        TcpStream::connect(shell.address).await.is_err(),
        "the port is still open"
    );
}
