//! Signing in with a GitHub account (console.md §16), against a stand-in that speaks GitHub's OAuth.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

use super::{pair, register, signed_in};
use crate::world::{World, answer, code};

const CALLBACK: &str = "http://pantheon.example/api/v1/auth/github/callback";

/// Whom a code is of, and the challenge that it was asked for with.
type Given = (Value, Option<String>);

/// Who is on this GitHub, by the codes that it gave out.
#[derive(Clone, Default)]
struct Hub(Arc<Mutex<HashMap<String, Given>>>);

impl Hub {
    /// A code for an account, as after a person agreed.
    fn code(&self, code: &str, account: Value, challenge: Option<&str>) {
        let given = (account, challenge.map(str::to_owned));
        self.0
            .lock()
            .expect("no panic")
            .insert(code.to_owned(), given);
    }
}

impl Hub {
    /// An address where nobody answers.
    async fn closed_port() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        listener.local_addr().expect("an address").to_string()
    }
}

async fn token(State(hub): State<Hub>, body: String) -> Json<Value> {
    let asked = url::form_urlencoded::parse(body.as_bytes()).into_owned();
    let asked: HashMap<String, String> = asked.collect();
    let known = asked["client_id"] == "pantheon" && asked["client_secret"] == "hush";
    let given = hub.0.lock().expect("no panic").remove(&asked["code"]);
    let Some((account, challenge)) = given.filter(|_| known) else {
        return Json(json!({ "error": "bad_verification_code" }));
    };
    let shown = asked.get("code_verifier");
    let shown = shown.map(|verifier| URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)));
    if shown != challenge {
        return Json(json!({ "error": "invalid_grant" }));
    }
    Json(json!({ "access_token": account.to_string(), "token_type": "bearer" }))
}

/// The account that the token of this stand-in is.
fn account(headers: &HeaderMap) -> Value {
    let token = headers["authorization"].to_str().expect("text");
    serde_json::from_str(token.trim_start_matches("Bearer ")).expect("a token of ours")
}

async fn user(headers: HeaderMap) -> Json<Value> {
    Json(account(&headers))
}

async fn emails(headers: HeaderMap) -> Json<Value> {
    let account = account(&headers);
    let verified = account["verified"].as_bool().unwrap_or(true);
    Json(json!([
        { "email": "old@example.org", "primary": false, "verified": true },
        { "email": account["email"], "primary": true, "verified": verified },
    ]))
}

fn octocat() -> Value {
    json!({
        "id": 583_231, "login": "octocat", "name": "The Octocat", "email": "octocat@example.org",
        "avatar_url": "https://avatars.example/583231",
    })
}

/// A node that signs people in with this GitHub.
async fn world(registration: &'static str) -> (World, Hub) {
    let hub = Hub::default();
    let pages = Router::new()
        .route("/login/oauth/access_token", post(token))
        .route("/api/user", get(user))
        .route("/api/user/emails", get(emails))
        .with_state(hub.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, pages).await });
    (world_at(registration, &address.to_string()).await, hub)
}

async fn world_at(registration: &'static str, address: &str) -> World {
    // A setting lives as long as its test.
    let web = &*format!("http://{address}").leak();
    let api = &*format!("http://{address}/api").leak();
    let settings = [
        ("PANTHEON_REGISTRATION", registration),
        ("PANTHEON_GITHUB_CLIENT_ID", "pantheon"),
        ("PANTHEON_GITHUB_CLIENT_SECRET", "hush"),
        ("PANTHEON_GITHUB_CALLBACK_URL", CALLBACK),
        ("PANTHEON_GITHUB_WEB_URL", web),
        ("PANTHEON_GITHUB_API_URL", api),
        ("PANTHEON_FRONTEND_URL", "http://console.example"),
    ];
    World::with(&settings).await
}

/// Follows nothing: a redirect is what is asked for.
async fn go(world: &World, path: &str, cookie: Option<&str>) -> (url::Url, Option<String>) {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client");
    let mut request = client.get(format!("http://{}/api/v1/auth{path}", world.node.address()));
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    let response = request.send().await.expect("an answer");
    assert_eq!(response.status(), StatusCode::FOUND);
    let text = |name: &str| {
        let value = response.headers().get(name)?;
        Some(value.to_str().expect("text").to_owned())
    };
    let to = text("location").expect("a place").parse().expect("a URL");
    (to, text("set-cookie"))
}

fn named(url: &url::Url) -> HashMap<String, String> {
    url.query_pairs().into_owned().collect()
}

async fn exchange(world: &World, body: Value) -> (StatusCode, Value) {
    let url = format!("http://{}/oauth/token", world.node.address());
    answer(reqwest::Client::new().post(url).json(&body)).await
}

/// CON-63: there, back with a login code, and the code for tokens, once.
#[tokio::test]
async fn a_browser_goes_to_github_and_comes_back_with_a_code_that_is_good_once() {
    let (world, hub) = world("open").await;
    let (to, cookie) = go(&world, "/github?redirect=/tasks", None).await;
    let asked = named(&to);
    assert_eq!(to.path(), "/login/oauth/authorize");
    assert_eq!(
        (asked["client_id"].as_str(), asked["redirect_uri"].as_str()),
        ("pantheon", CALLBACK)
    );
    assert_eq!(asked["scope"], "read:user user:email");
    assert_eq!(asked["code_challenge_method"], "S256");
    let cookie = cookie.expect("a cookie");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    let kept = cookie.split(';').next().expect("a pair");

    hub.code("yes", octocat(), Some(&asked["code_challenge"]));
    let back = format!("/github/callback?code=yes&state={}", asked["state"]);
    // Another browser, or none that went: nobody is let in.
    let (turned, _) = go(&world, &back, None).await;
    assert_eq!(named(&turned)["error"], "state_invalid");
    let (home, _) = go(&world, &back, Some(kept)).await;
    assert_eq!(
        (home.host_str(), home.path()),
        (Some("console.example"), "/auth/callback")
    );
    let there = named(&home);
    assert_eq!(there["state"], "/tasks");

    let code_of = json!({ "code": there["code"] });
    let (status, tokens) = exchange(&world, code_of.clone()).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    let user = &tokens["user"];
    assert_eq!(
        (&user["github_id"], &user["username"]),
        (&json!(583_231), &json!("octocat"))
    );
    assert_eq!(
        (&user["name"], &user["email"]),
        (&json!("The Octocat"), &json!("octocat@example.org"))
    );
    let (access, _) = pair(&tokens);
    let (status, me) = answer(world.request_as(&access, Method::GET, "/auth/me")).await;
    assert_eq!(
        (status, &me["email_verified"]),
        (StatusCode::OK, &json!(true))
    );
    assert_eq!(
        exchange(&world, code_of).await.0,
        StatusCode::UNAUTHORIZED,
        "used"
    );

    let (denied, _) = go(
        &world,
        &format!(
            "/github/callback?error=access_denied&state={}",
            asked["state"]
        ),
        Some(kept),
    )
    .await;
    assert_eq!(named(&denied)["error"], "access_denied");
}

/// CON-63: the frontend that ran the redirect itself brings GitHub's own code; a second sign-in is the same
/// account, with what GitHub says by then.
#[tokio::test]
async fn githubs_own_code_is_taken_too_and_leads_to_the_same_account() {
    let (world, hub) = world("open").await;
    hub.code("one", octocat(), None);
    let (status, first) = exchange(&world, json!({ "code": "one" })).await;
    assert_eq!(status, StatusCode::OK, "{first}");
    let mut renamed = octocat();
    renamed["name"] = json!("Mona");
    hub.code("two", renamed, None);
    let url = format!("http://{}/oauth/token", world.node.address());
    let form = reqwest::Client::new()
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("grant_type=authorization_code&code=two");
    let (status, second) = answer(form).await;
    assert_eq!(status, StatusCode::OK, "{second}");
    assert_eq!(first["user"]["id"], second["user"]["id"]);
    let (access, _) = pair(&second);
    pantheon_harness::soon(async || {
        let (_, me) = answer(world.request_as(&access, Method::GET, "/auth/me")).await;
        me["name"] == "Mona"
    })
    .await;
    assert_eq!(
        exchange(&world, json!({ "code": "two" })).await.0,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        exchange(&world, json!({ "code": "made up" })).await.0,
        StatusCode::UNAUTHORIZED
    );
}

async fn link(world: &World, token: &str, code: &str) -> (StatusCode, Value) {
    let request = world.request_as(token, Method::POST, "/auth/github/link");
    answer(request.json(&json!({ "code": code }))).await
}

async fn unlink(world: &World, token: &str) -> (StatusCode, Value) {
    answer(world.request_as(token, Method::DELETE, "/auth/github/link")).await
}

/// There and back: a login code for an account.
async fn login_code(world: &World, hub: &Hub, account: Value) -> String {
    let (to, cookie) = go(world, "/github", None).await;
    let asked = named(&to);
    let cookie = cookie.expect("a cookie");
    let kept = cookie.split(';').next().expect("a pair");
    hub.code("there", account, Some(&asked["code_challenge"]));
    let back = format!("/github/callback?code=there&state={}", asked["state"]);
    named(&go(world, &back, Some(kept)).await.0)["code"].clone()
}

/// CON-63: accounts are never joined by an equal address; whoever is signed in links.
#[tokio::test]
async fn an_account_links_github_and_keeps_a_way_to_sign_in() {
    let (world, hub) = world("open").await;
    register(&world, "octocat@example.org").await;
    hub.code("one", octocat(), None);
    let (status, problem) = exchange(&world, json!({ "code": "one" })).await;
    let conflict = (StatusCode::CONFLICT, "email_in_use");
    assert_eq!((status, code(&problem).as_str()), conflict);

    let (access, _) = signed_in(&world, "octocat@example.org").await;
    hub.code("two", octocat(), None);
    let (status, linked) = link(&world, &access, "two").await;
    assert_eq!(status, StatusCode::OK, "{linked}");
    assert_eq!(linked["github_id"], 583_231);
    hub.code("three", octocat(), None);
    let (status, tokens) = exchange(&world, json!({ "code": "three" })).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    assert_eq!(tokens["user"]["id"], linked["id"]);

    // A GitHub account belongs to one user, and a user has one.
    register(&world, "other@example.org").await;
    let (other, _) = signed_in(&world, "other@example.org").await;
    for (token, account) in [
        (&other, octocat()),
        (&access, json!({ "id": 7, "login": "mona" })),
    ] {
        let mut account = account;
        account["email"] = json!("mona@example.org");
        hub.code("four", account, None);
        let (status, problem) = link(&world, token, "four").await;
        let conflict = (StatusCode::CONFLICT, "already_exists");
        assert_eq!((status, code(&problem).as_str()), conflict);
    }

    let (status, unlinked) = unlink(&world, &access).await;
    assert_eq!(
        (status, &unlinked["github_id"]),
        (StatusCode::OK, &Value::Null)
    );
    hub.code("five", octocat(), None);
    let (status, problem) = exchange(&world, json!({ "code": "five" })).await;
    let conflict = (StatusCode::CONFLICT, "email_in_use");
    assert_eq!(
        (status, code(&problem).as_str()),
        conflict,
        "the link is gone"
    );
    hub.code("six", octocat(), None);
    let (status, linked) = link(&world, &other, "six").await;
    assert_eq!(status, StatusCode::OK, "the name is free: {linked}");
}

/// CON-63: what GitHub alone opens stays open.
#[tokio::test]
async fn the_only_way_to_sign_in_is_not_taken_back() {
    let (world, hub) = world("open").await;
    hub.code("one", octocat(), None);
    let (status, tokens) = exchange(&world, json!({ "code": "one" })).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    let (status, problem) = unlink(&world, &pair(&tokens).0).await;
    let last = (StatusCode::UNPROCESSABLE_ENTITY, "last_credential");
    assert_eq!((status, code(&problem).as_str()), last);
}

/// CON-63: a login code opens one session or one link, within a minute.
#[tokio::test]
async fn a_login_code_is_good_once_whatever_it_is_shown_for() {
    let (world, hub) = world("open").await;
    register(&world, "ada@example.org").await;
    let (access, _) = signed_in(&world, "ada@example.org").await;
    let linking = login_code(&world, &hub, octocat()).await;
    let (status, linked) = link(&world, &access, &linking).await;
    assert_eq!(status, StatusCode::OK, "{linked}");
    let (status, _) = exchange(&world, json!({ "code": linking })).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "used for the link");

    let opening = login_code(&world, &hub, octocat()).await;
    let shown = json!({ "code": opening });
    let (first, second) = tokio::join!(exchange(&world, shown.clone()), exchange(&world, shown));
    let mut both = [first.0.as_u16(), second.0.as_u16()];
    both.sort_unstable();
    assert_eq!(both, [200, 401], "shown twice at once");
    let (status, _) = unlink(&world, &access).await;
    assert_eq!(status, StatusCode::OK);
    let (status, problem) = link(&world, &access, &opening).await;
    let refused = (StatusCode::UNPROCESSABLE_ENTITY, "code_invalid");
    assert_eq!(
        (status, code(&problem).as_str()),
        refused,
        "used for a sign-in"
    );

    let old = login_code(&world, &hub, octocat()).await;
    world.time.pass(60);
    let (status, _) = exchange(&world, json!({ "code": old })).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "a minute is over");
}

/// CON-63: a redirect is waited for ten minutes.
#[tokio::test]
async fn whoever_comes_back_late_or_with_a_changed_state_is_turned_away() {
    let (world, hub) = world("open").await;
    let (to, cookie) = go(&world, "/github", None).await;
    let asked = named(&to);
    let cookie = cookie.expect("a cookie");
    let kept = cookie.split(';').next().expect("a pair");
    hub.code("yes", octocat(), Some(&asked["code_challenge"]));
    let changed: String = asked["state"].chars().rev().collect();
    let back = |state: &str| format!("/github/callback?code=yes&state={state}");
    let (turned, _) = go(&world, &back(&changed), Some(kept)).await;
    assert_eq!(named(&turned)["error"], "state_invalid");
    world.time.pass(600);
    let (turned, _) = go(&world, &back(&asked["state"]), Some(kept)).await;
    assert_eq!(named(&turned)["error"], "state_invalid");
}

/// CON-63: two first sign-ins at once make one user.
#[tokio::test]
async fn two_first_sign_ins_at_once_make_one_account() {
    let (world, hub) = world("open").await;
    for name in ["one", "two", "three", "four"] {
        hub.code(name, octocat(), None);
    }
    let come = |name: &'static str| exchange(&world, json!({ "code": name }));
    let (one, two, three, four) =
        tokio::join!(come("one"), come("two"), come("three"), come("four"));
    for (status, tokens) in [&one, &two, &three, &four] {
        assert_eq!(*status, StatusCode::OK, "{tokens}");
        assert_eq!(tokens["user"]["id"], one.1["user"]["id"]);
    }
}

/// CON-63: GitHub's token is nobody's credential here, and a silent GitHub is nobody's fault.
#[tokio::test]
async fn githubs_token_opens_nothing_and_githubs_absence_is_said() {
    let (world, hub) = world("open").await;
    hub.code("one", octocat(), None);
    assert_eq!(
        exchange(&world, json!({ "code": "one" })).await.0,
        StatusCode::OK
    );
    let (status, _) =
        answer(world.request_as(&octocat().to_string(), Method::GET, "/auth/me")).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);

    let nobody = Hub::closed_port().await;
    let world = world_at("open", &nobody).await;
    let (status, problem) = exchange(&world, json!({ "code": "one" })).await;
    let away = (StatusCode::SERVICE_UNAVAILABLE, "github_unavailable");
    assert_eq!((status, code(&problem).as_str()), away);
    let (to, cookie) = go(&world, "/github", None).await;
    let cookie = cookie.expect("a cookie");
    let back = format!("/github/callback?code=yes&state={}", named(&to)["state"]);
    let (turned, _) = go(&world, &back, cookie.split(';').next()).await;
    assert_eq!(named(&turned)["error"], "temporarily_unavailable");
}

/// An open redirect would lend this server's name to anybody's page.
#[tokio::test]
async fn a_browser_is_sent_to_paths_of_the_frontend_only() {
    let (world, _) = world("open").await;
    for place in [
        "//evil.example",
        "https://evil.example",
        "/%5Cevil.example",
        "/a%0d%0ab",
        "tasks",
    ] {
        let url = format!("/auth/github?redirect={place}");
        let (status, problem) = answer(world.request(Method::GET, &url)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{place}: {problem}");
    }
}

/// CON-63: nobody is made an account where registration is closed, or without a verified address.
#[tokio::test]
async fn a_closed_house_and_an_unverified_address_make_no_account() {
    let (world, hub) = world("closed").await;
    hub.code("one", octocat(), None);
    let (status, problem) = exchange(&world, json!({ "code": "one" })).await;
    assert_eq!(
        (status, code(&problem).as_str()),
        (StatusCode::FORBIDDEN, "registration_closed")
    );
    let mut unverified = octocat();
    unverified["verified"] = json!(false);
    hub.code("two", unverified, None);
    let (status, problem) = exchange(&world, json!({ "code": "two" })).await;
    assert_eq!(
        (status, code(&problem).as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, "email_required")
    );
}

#[tokio::test]
async fn without_github_the_browser_is_sent_home_and_told() {
    let world = World::with(&[("PANTHEON_FRONTEND_URL", "http://console.example")]).await;
    let (home, _) = go(&world, "/github", None).await;
    assert_eq!(named(&home)["error"], "github_not_configured");
}
