//! Passwords: set by their owner, reset by an admin, brought along from elsewhere.

use pantheon::identity::{NewAccount, installation, sign_up};
use pantheon_events::users::{AccountRole, Origin};
use pantheon_events::{Actor, CommandContext, UserId};
use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{PASSWORD, get, id, login, made, post, signed_in};
use crate::world::{World, answer, refused};

const NEW: &str = "another horse battery";

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}

/// An account without a password: its id and the token that sets one.
async fn without_password(world: &World) -> (String, String) {
    let body = json!({ "email": "ada@example.org", "role": "developer" });
    let (status, user) = world.post("/users", body).await;
    assert_eq!(status, StatusCode::CREATED, "{user}");
    assert!(user["setup_expires_at"].is_string(), "{user}");
    (id(&user), text(&user["setup_token"]))
}

#[tokio::test]
async fn the_token_of_a_new_account_lets_its_owner_in_once_to_set_a_password() {
    let world = World::new().await;
    let (ada, setup) = without_password(&world).await;
    let (status, tokens) = login(&world, "ada", &setup).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    assert_eq!(
        login(&world, "ada", &setup).await.0,
        StatusCode::UNAUTHORIZED
    );
    let token = text(&tokens["access_token"]);
    let change = json!({ "current_password": setup, "new_password": NEW });
    let path = format!("/users/{ada}/change-password");
    let (status, done) = post(&world, &token, &path, change.clone()).await;
    assert_eq!(status, StatusCode::OK, "{done}");
    assert_eq!(login(&world, "ada", NEW).await.0, StatusCode::OK);
    // It has done its work.
    let request = world.request_as(&token, Method::POST, &path).json(&change);
    refused(request, 422, "wrong_password").await;
    // Only its digest stands in the log.
    let log = format!("{:?}", world.events("user", &ada).await);
    assert!(
        log.contains("user_setup_used") && !log.contains(&setup),
        "{log}"
    );
}

#[tokio::test]
async fn the_token_that_sets_a_password_counts_for_a_day() {
    let world = World::new().await;
    let (_, setup) = without_password(&world).await;
    world.time.pass(86_400);
    assert_eq!(
        login(&world, "ada", &setup).await.0,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_repeated_request_for_an_account_gives_the_same_token() {
    let world = World::new().await;
    let key = uuid::Uuid::now_v7().to_string();
    let body = json!({ "email": "ada@example.org", "role": "viewer" });
    let mut answers = Vec::new();
    for _ in 0..2 {
        let request = world.request(Method::POST, "/users").json(&body);
        let (status, user) = answer(request.header("idempotency-key", &key)).await;
        assert_eq!(status, StatusCode::CREATED, "{user}");
        answers.push((id(&user), text(&user["setup_token"])));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(login(&world, "ada", &answers[1].1).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_reset_ends_the_sessions_and_the_password() {
    let world = World::new().await;
    let ada = id(&made(&world, "ada", "viewer").await);
    let token = signed_in(&world, "ada").await;
    let path = format!("/users/{ada}/reset-password");
    let (status, reset) = world.post(&path, json!({})).await;
    assert_eq!(status, StatusCode::OK, "{reset}");
    assert_eq!(
        get(&world, &token, "/auth/me").await.0,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        login(&world, "ada", PASSWORD).await.0,
        StatusCode::UNAUTHORIZED
    );
    let (status, tokens) = login(&world, "ada", &text(&reset["setup_token"])).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");

    let (status, reset) = world.post(&path, json!({ "new_password": NEW })).await;
    assert_eq!(
        (status, &reset["setup_token"]),
        (StatusCode::OK, &Value::Null)
    );
    let token = text(&tokens["access_token"]);
    assert_eq!(
        get(&world, &token, "/auth/me").await.0,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(login(&world, "ada", NEW).await.0, StatusCode::OK);
    let weak = world
        .request(Method::POST, &path)
        .json(&json!({ "new_password": "x" }));
    refused(weak, 422, "weak_password").await;
    // Nobody's is reset like a foreign one.
    let nobody = format!("/users/{}/reset-password", uuid::Uuid::now_v7());
    refused(world.request(Method::POST, &nobody), 404, "not_found").await;
}

/// BUS-12: a bcrypt hash from elsewhere verifies once, and is an Argon2id one from then on.
#[tokio::test]
async fn a_bcrypt_hash_that_was_brought_along_lets_in_and_is_made_anew() {
    let world = World::new().await;
    let app = world.node.app();
    let user = UserId::new(uuid::Uuid::now_v7());
    // Made by another program; the cost is low for the test's sake.
    let hash = bcrypt::hash(PASSWORD, 5).expect("a hash");
    let brought = NewAccount {
        origin: Origin::Import,
        email: "ada@example.org".to_owned(),
        username: None,
        username_like: None,
        full_name: None,
        avatar_url: None,
        password: None,
        password_hash: Some(SecretString::from(hash)),
        github_id: None,
        role: AccountRole::Viewer,
    };
    let by = CommandContext::new(installation(), Actor::system("import"), None);
    sign_up(app, by, user, brought).await.expect("an account");

    assert_eq!(
        login(&world, "ada", "wrong").await.0,
        StatusCode::UNAUTHORIZED
    );
    let before = app
        .commands
        .users
        .load(&user.to_string())
        .await
        .expect("a user");
    let token = signed_in(&world, "ada").await;
    let after = app
        .commands
        .users
        .load(&user.to_string())
        .await
        .expect("a user");
    let (old, new) = (
        before.aggregate.credential_id,
        after.aggregate.credential_id,
    );
    assert_ne!(old, new);
    let kept = app
        .vault
        .get(installation(), new.expect("a password"))
        .await;
    let kept = kept.expect("a vault").expect("a hash");
    let kept = secrecy::ExposeSecret::expose_secret(&kept);
    assert!(
        kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{kept}"
    );
    let gone = app
        .vault
        .get(installation(), old.expect("a password"))
        .await;
    assert!(gone.expect("a vault").is_none());
    // That ends no session, and happens once.
    assert_eq!(get(&world, &token, "/auth/me").await.0, StatusCode::OK);
    signed_in(&world, "ada").await;
    let events = world.events("user", &user.to_string()).await;
    let rehashed = events
        .iter()
        .filter(|(kind, _)| kind == "user_password_rehashed");
    assert_eq!(rehashed.count(), 1);
}

#[tokio::test]
async fn what_is_no_hash_is_not_taken_for_one() {
    let world = World::new().await;
    let brought = NewAccount {
        origin: Origin::Import,
        email: "ada@example.org".to_owned(),
        username: None,
        username_like: None,
        full_name: None,
        avatar_url: None,
        password: None,
        password_hash: Some(SecretString::from(PASSWORD)),
        github_id: None,
        role: AccountRole::Viewer,
    };
    let by = CommandContext::new(installation(), Actor::system("import"), None);
    let user = UserId::new(uuid::Uuid::now_v7());
    let refused = sign_up(world.node.app(), by, user, brought).await;
    assert!(refused.expect_err("no hash").to_string().contains("bcrypt"));
}
