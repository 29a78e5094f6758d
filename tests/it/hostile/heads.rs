//! S05, S06: methods, addresses and whole requests that are not what a server expects.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::bodies::NOBODY;
use super::judge::{Operation, Unchanged, document, judged, operations, refusal};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn every_other_method_of_every_route_is_405_and_says_which_there_are() {
    let world = World::new().await;
    let log = Unchanged::since_now(&world).await;
    let document = document();
    let mut methods: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for operation in operations(&document) {
        let known = methods.entry(operation.filled(NOBODY)).or_default();
        known.insert(operation.method.to_string());
    }
    for (path, known) in methods {
        for method in [
            "GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "GIT",
        ] {
            if known.contains(method) {
                continue;
            }
            let method: Method = method.parse().expect("a method");
            let url = format!("http://{}{path}", world.node.address());
            let request = reqwest::Client::new().request(method.clone(), url);
            let request = request.bearer_auth(&world.admin).body("{}");
            let answer = request.send().await.expect("an answer");
            let what = format!("{method} {path}");
            let allow = answer.headers().get("allow").cloned();
            let refusal = judged(&what, None, answer).await;
            assert_eq!(
                (refusal.status, refusal.code.as_str()),
                (405, "method_not_allowed"),
                "{what}"
            );
            let allow = allow.unwrap_or_else(|| panic!("{what} says no methods"));
            let allow: BTreeSet<_> = allow
                .to_str()
                .expect("text")
                .split(',')
                .map(str::trim)
                .collect();
            for method in &known {
                assert!(allow.contains(method.as_str()), "{what}: {allow:?}");
            }
        }
    }
    log.still("another method").await;
}

#[tokio::test]
async fn what_is_no_route_is_404_with_and_without_a_token() {
    let world = World::new().await;
    for path in [
        "/api/v1/nowhere",
        "/api/v2/tasks",
        "/api/v1",
        "/api",
        "/nowhere",
        "/api/v1/tasks/a/b/c/d",
        "/.env",
        "/api/v1//tasks//",
        "/api/v1/tasks%00",
        "/docs/no-such-file",
        "/problems/NOT-A-CODE",
        "/schemas/no_such/1",
        "/api/v1/\u{1f4a9}",
        "/index.php?x=<script>",
        "/users/login?username=a&password=b",
    ] {
        for token in ["", world.admin.as_str()] {
            let url = format!("http://{}{path}", world.node.address());
            for method in [Method::GET, Method::POST] {
                let request = reqwest::Client::new().request(method.clone(), &url);
                let answer = request.bearer_auth(token).send().await.expect("an answer");
                let what = format!("{method} {path}");
                let refusal = judged(&what, None, answer).await;
                assert!(matches!(refusal.status, 404 | 405), "{what}: {refusal:?}");
            }
        }
    }
}

#[tokio::test]
async fn every_refusal_is_problem_json_for_those_who_ask_for_it() {
    let world = World::new().await;
    let document = document();
    let unnamed =
        |operation: &Operation<'_>| operation.path.contains('{') && operation.method == "GET";
    for operation in operations(&document)
        .iter()
        .filter(|operation| unnamed(operation))
    {
        let url = format!(
            "http://{}{}",
            world.node.address(),
            operation.filled_all("%00")
        );
        let request = reqwest::Client::new().get(url).bearer_auth(&world.admin);
        let request = request.header(
            "accept",
            "text/html, application/problem+json;q=0.9, */*;q=0.1",
        );
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 404, "{}", operation.path);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
}

/// What the server says to these bytes, until it closes.
async fn said_to(world: &World, bytes: &[u8]) -> (u16, Value) {
    let mut socket = TcpStream::connect(world.node.address())
        .await
        .expect("a connection");
    // The server may be done with it before all of it has come.
    let _ = socket.write_all(bytes).await;
    let mut text = Vec::new();
    let read = tokio::time::timeout(
        std::time::Duration::from_secs(20),
        socket.read_to_end(&mut text),
    );
    let _ = read.await.unwrap_or_else(|_| {
        panic!(
            "{:?} is not answered",
            String::from_utf8_lossy(&bytes[..bytes.len().min(80)])
        )
    });
    let text = String::from_utf8(text).expect("UTF-8");
    let (head, body) = text.split_once("\r\n\r\n").expect("an answer");
    assert!(head.contains("content-type: application/json"), "{head}");
    assert!(head.contains("access-control-allow-origin: *"), "{head}");
    let status = head.get(9..12).and_then(|status| status.parse().ok());
    (
        status.expect("a status"),
        serde_json::from_str(body).expect("JSON"),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn s06_a_request_that_cannot_be_read_gets_the_one_body_too() {
    let world = World::new().await;
    let long = "a".repeat(80 * 1024);
    let many: String = (0..150).map(|n| format!("x-{n}: a\r\n")).collect();
    let cases: Vec<(&str, String, u16, &str)> = vec![
        (
            "a long path",
            format!("GET /{long} HTTP/1.1\r\nhost: a\r\n\r\n"),
            431,
            "head_too_large",
        ),
        (
            "a long query",
            format!("GET /livez?a={long} HTTP/1.1\r\nhost: a\r\n\r\n"),
            431,
            "head_too_large",
        ),
        (
            "a long header",
            format!("GET /livez HTTP/1.1\r\nhost: a\r\nx: {long}\r\n\r\n"),
            431,
            "head_too_large",
        ),
        (
            "many headers",
            format!("GET /livez HTTP/1.1\r\nhost: a\r\n{many}\r\n"),
            431,
            "head_too_large",
        ),
        (
            "words",
            "hello there\r\n\r\n".to_owned(),
            400,
            "malformed_request",
        ),
        (
            "no version",
            "GET /livez\r\n\r\n".to_owned(),
            400,
            "malformed_request",
        ),
        (
            "a future version",
            "GET /livez HTTP/9.9\r\nhost: a\r\n\r\n".to_owned(),
            400,
            "malformed_request",
        ),
        (
            "a broken header",
            "GET /livez HTTP/1.1\r\nhost a\r\n\r\n".to_owned(),
            400,
            "malformed_request",
        ),
        (
            "a NUL in a header",
            "GET /livez HTTP/1.1\r\nhost: a\r\nx: \0\r\n\r\n".to_owned(),
            400,
            "malformed_request",
        ),
        (
            "two lengths",
            "POST /livez HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"
                .to_owned(),
            400,
            "malformed_request",
        ),
        (
            "a length that is none",
            "POST /livez HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n".to_owned(),
            400,
            "malformed_request",
        ),
        (
            "a negative length",
            "POST /livez HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n".to_owned(),
            400,
            "malformed_request",
        ),
    ];
    for (what, bytes, status, code) in cases {
        let (got, body) = said_to(&world, bytes.as_bytes()).await;
        let refusal = refusal(what, got, &body);
        assert_eq!(
            (refusal.status, refusal.code.as_str()),
            (status, code),
            "{what}"
        );
    }
}

/// A chunk whose size is none, a body that is cut: neither is waited for for ever, nor taken.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_whose_framing_is_broken_is_refused() {
    let world = World::new().await;
    let log = Unchanged::since_now(&world).await;
    let head = format!(
        "POST /api/v1/tasks HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
        world.admin
    );
    for chunk in [
        "zz\r\n{}\r\n0\r\n\r\n",
        "5\r\n{}\r\n0\r\n\r\n",
        "FFFFFFFFFFFFFFFFFF\r\n{}",
    ] {
        let (status, body) = said_to(&world, format!("{head}{chunk}").as_bytes()).await;
        assert_eq!(refusal(chunk, status, &body).status, 400, "{chunk}");
    }
    log.still("a broken body").await;
}
