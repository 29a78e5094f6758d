//! S05, S06: malformed, oversized, deep and wrong-typed input.

use serde_json::{Value, json};

use super::shell::{EMPTY, READ, WRITE, start};
use crate::world::problem;
use pantheon::auth::Role;

#[tokio::test]
async fn a_bad_body_gets_the_one_error_body_and_never_a_5xx() {
    let shell = start(&[]).await;
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let wide = format!("{{\"quantity\":1{}}}", ",\"a\":1".repeat(100_000));
    let large = format!("{{\"quantity\":1{}}}", " ".repeat(1024 * 1024));
    let cases: Vec<(&str, u16, &str)> = vec![
        ("", 400, "malformed_request"),
        ("{", 400, "malformed_request"),
        ("[]", 400, "malformed_request"),
        ("null", 400, "malformed_request"),
        ("{\"quantity\":\"one\"}", 400, "malformed_request"),
        ("{\"quantity\":-1}", 400, "malformed_request"),
        ("{\"quantity\":1e400}", 400, "malformed_request"),
        ("{\"quantity\":1,\"quantity\":2}", 400, "malformed_request"),
        ("{\"quantity\":1} trailing", 400, "malformed_request"),
        ("{\"quantity\":1,\"price\":0}", 400, "malformed_request"),
        (&deep, 400, "malformed_request"),
        (&wide, 400, "malformed_request"),
        (&large, 413, "body_too_large"),
    ];
    for (body, status, code) in cases {
        let request = shell.post(WRITE).header("content-type", "application/json");
        let (got, problem) = problem(request.body(body.to_owned())).await;
        let start: String = body.chars().take(40).collect();
        assert_eq!((got, &problem["code"]), (status, &json!(code)), "{start}");
    }
}

#[tokio::test]
async fn other_content_types_and_encodings_are_415() {
    let shell = start(&[]).await;
    for (name, value) in [
        ("content-type", "text/plain"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("content-encoding", "gzip"),
    ] {
        let request = shell.post(WRITE).header(name, value);
        let request = if name == "content-type" {
            request
        } else {
            request.header("content-type", "application/json")
        };
        assert_eq!(problem(request.body("{}")).await.0, 415, "{name}: {value}");
    }
}

#[tokio::test]
async fn a_body_that_may_be_missing_is_read_as_an_empty_object() {
    let shell = start(&[]).await;
    let answer = shell.post(EMPTY).send().await.expect("an answer");
    assert_eq!(
        answer.json::<Value>().await.expect("a body"),
        json!({"quantity": 0})
    );
}

#[tokio::test]
async fn bad_headers_and_parameters_are_named() {
    let shell = start(&[]).await;
    for (name, value) in [("idempotency-key", "again"), ("if-match", "7")] {
        let request = shell.post(WRITE).header(name, value).json(&json!({}));
        let (status, body) = problem(request).await;
        assert_eq!(status, 400);
        assert_eq!(
            body["errors"][0]["field"]
                .as_str()
                .map(str::to_lowercase)
                .as_deref(),
            Some(name)
        );
    }
    for query in [
        "limit=x",
        "limti=1",
        "min_position=x",
        "wait=11",
        "as_of=now",
    ] {
        let request = shell
            .get(&format!("{READ}?{query}"))
            .bearer_auth(shell.token(Role::Admin));
        let (status, body) = problem(request).await;
        let name = query.split('=').next();
        assert_eq!((status, body["errors"][0]["field"].as_str()), (400, name));
    }
}

#[tokio::test]
async fn a_panic_is_a_500_without_a_word_of_it() {
    let shell = start(&[]).await;
    let (status, body) = problem(shell.post(WRITE).json(&json!({"quantity": 13}))).await;
    assert_eq!((status, &body["code"]), (500, &json!("internal")));
    assert!(!body.to_string().contains("panic"));
    let again = shell.post(WRITE).json(&json!({"quantity": 1})).send().await;
    assert_eq!(again.expect("an answer").status(), 200);
}

#[tokio::test]
async fn a_query_answers_its_position_and_304_when_nothing_changed() {
    let shell = start(&[]).await;
    let token = shell.token(Role::Admin);
    let first = shell
        .get(READ)
        .bearer_auth(&token)
        .send()
        .await
        .expect("an answer");
    assert_eq!(first.headers()["pantheon-position"], "7");
    let tag = first.headers()["etag"].clone();
    let second = shell
        .get(READ)
        .bearer_auth(&token)
        .header("if-none-match", tag)
        .send()
        .await;
    assert_eq!(second.expect("an answer").status(), 304);
}

#[tokio::test]
async fn a_client_that_asks_too_often_is_told_when_to_come_back() {
    let settings = [
        ("PANTHEON_LIMITS_REQUESTS_PER_MINUTE", "60"),
        ("PANTHEON_LIMITS_BURST", "2"),
    ];
    let shell = start(&settings).await;
    let token = shell.token(Role::Admin);
    for left in ["1", "0"] {
        let answer = shell
            .get(READ)
            .bearer_auth(&token)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.headers()["x-ratelimit-remaining"], left);
    }
    let refused = shell
        .get(READ)
        .bearer_auth(&token)
        .send()
        .await
        .expect("an answer");
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    let other = shell
        .get(READ)
        .bearer_auth(shell.token(Role::Admin))
        .send()
        .await;
    assert_eq!(
        other.expect("an answer").status(),
        200,
        "limits are per token"
    );
}
