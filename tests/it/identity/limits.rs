//! How often an address may try to come in (BUS-52).

use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

use super::{PASSWORD, login, register};
use crate::world::{World, code};

async fn ask(world: &World, path: &str, body: Value) -> Response {
    let url = format!("http://{}/api/v1/auth{path}", world.node.address());
    let answer = Client::new().post(url).json(&body).send().await;
    answer.expect("an answer")
}

fn header(answer: &Response, name: &str) -> Option<u64> {
    answer.headers().get(name)?.to_str().ok()?.parse().ok()
}

/// A refusal that says when to come again.
async fn limited(answer: Response) {
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait = header(&answer, "retry-after").expect("when to come again");
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(header(&answer, "x-ratelimit-remaining"), Some(0));
    let problem: Value = answer.json().await.expect("JSON");
    assert_eq!(code(&problem), "rate_limited");
}

#[tokio::test]
async fn who_failed_too_often_waits_even_with_the_right_password() {
    let one_a_minute = ("PANTHEON_LIMITS_FAILED_LOGINS_PER_MINUTE", "1");
    let world = World::with(&[("PANTHEON_REGISTRATION", "open"), one_a_minute]).await;
    register(&world, "ada@example.org").await;
    // Those that work are not counted as failures.
    for _ in 0..3 {
        assert_eq!(login(&world, "ada", PASSWORD).await.0, StatusCode::OK);
    }
    assert_eq!(
        login(&world, "ada", "wrong").await.0,
        StatusCode::UNAUTHORIZED
    );
    let right = json!({ "username": "ada", "password": PASSWORD });
    limited(ask(&world, "/login", right).await).await;
    // The limit is the door's alone.
    assert_eq!(world.get("/tasks").await.0, StatusCode::OK);
}

#[tokio::test]
async fn sign_ins_registrations_and_refreshes_have_limits_of_their_own() {
    let world = World::with(&[
        ("PANTHEON_REGISTRATION", "open"),
        ("PANTHEON_LIMITS_LOGINS_PER_MINUTE", "1"),
        ("PANTHEON_LIMITS_REGISTRATIONS_PER_MINUTE", "1"),
        ("PANTHEON_LIMITS_REFRESHES_PER_MINUTE", "1"),
    ])
    .await;
    let account = json!({ "email": "ada@example.org", "password": PASSWORD });
    let made = ask(&world, "/register", account.clone()).await;
    assert_eq!(made.status(), StatusCode::CREATED);
    assert_eq!(header(&made, "x-ratelimit-limit"), Some(1));
    limited(ask(&world, "/register", account).await).await;

    let right = json!({ "username": "ada", "password": PASSWORD });
    let tokens = ask(&world, "/login", right.clone()).await;
    assert_eq!(tokens.status(), StatusCode::OK);
    let tokens: Value = tokens.json().await.expect("JSON");
    limited(ask(&world, "/login", right).await).await;

    let refresh = json!({ "refresh_token": tokens["refresh_token"] });
    let next = ask(&world, "/refresh", refresh.clone()).await;
    assert_eq!(next.status(), StatusCode::OK);
    limited(ask(&world, "/refresh", refresh).await).await;
}
