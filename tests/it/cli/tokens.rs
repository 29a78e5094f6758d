//! `token issue|revoke`, `token keys|rotate|retire`.

use serde_json::json;

use super::words::{Cli, Server};

/// A client of the server with another token.
fn with(server: &Server, token: &str) -> Cli {
    server.cli.clone().set("PANTHEON_TOKEN", token)
}

#[tokio::test]
async fn a_token_counts_until_it_is_taken_back_by_its_id_or_by_itself() {
    let server = Server::start().await;
    for by_id in [true, false] {
        let issue = [
            "token",
            "issue",
            "--role",
            "auditor",
            "--subject",
            "nightly",
            "--hours",
            "2",
        ];
        let issued = server.cli.json(&issue).await;
        assert_eq!(issued["role"], "auditor");
        let (token, id) = (
            issued["token"].as_str().expect("a token"),
            issued["id"].as_str().expect("an id"),
        );
        let client = with(&server, token);
        client.ok(&["events", "list"]).await;
        let named = if by_id { id } else { token };
        let revoked = server.cli.json(&["token", "revoke", named]).await;
        assert_eq!(
            revoked,
            json!({ "id": id, "revoked": true, "already": false })
        );
        let refused = async || match client.run(&["events", "list"]).await {
            ended if ended.exit == Some(4) => Ok(()),
            ended => Err(format!("{ended:?}")),
        };
        pantheon_harness::soon(refused).await;
        let again = server.cli.json(&["token", "revoke", id]).await;
        assert_eq!(again["already"], true);
    }
}

#[tokio::test]
async fn a_token_is_good_for_what_its_role_may_do_where_its_organisation_is() {
    let server = Server::start().await;
    server.task("not theirs").await;
    let issue = [
        "token",
        "issue",
        "--role",
        "admin",
        "--organization",
        "elsewhere",
    ];
    let issued = server.cli.json(&issue).await;
    let elsewhere = with(&server, issued["token"].as_str().expect("a token"));
    assert_eq!(elsewhere.ndjson(&["events", "list"]).await.len(), 0);
    let everything = ["events", "list", "--tenant", "*"];
    assert!(!server.cli.ndjson(&everything).await.is_empty());
    elsewhere.ends(&everything, 4).await;
    let viewer = server
        .cli
        .json(&["token", "issue", "--role", "viewer"])
        .await;
    let viewer = with(&server, viewer["token"].as_str().expect("a token"));
    viewer.ok(&["agent", "list"]).await;
    viewer
        .ends(&["agent", "enroll", "--type", "codegen"], 4)
        .await;
}

#[tokio::test]
async fn a_subject_that_a_client_could_not_read_is_refused() {
    let server = Server::start().await;
    for subject in ["", "Jürgen", "a b", "who?", "a~b", "a>b"] {
        let issue = ["token", "issue", "--role", "viewer", "--subject", subject];
        let ended = server.cli.run(&issue).await;
        assert_eq!(ended.exit, Some(2), "{subject}: {ended:?}");
    }
}

/// A running server takes another key over, and nobody is signed out before a key is retired.
#[tokio::test]
async fn a_key_is_put_in_force_and_another_retired_while_the_server_runs() {
    let server = Server::start().await;
    let cli = &server.cli;
    let issued = cli.json(&["token", "issue", "--role", "viewer"]).await;
    let old = with(&server, issued["token"].as_str().expect("a token"));
    let keys = cli.json(&["token", "rotate"]).await;
    assert_eq!(
        (&keys[0]["signs"], &keys[1]["signs"]),
        (&true.into(), &false.into())
    );
    assert_eq!(cli.json(&["token", "keys"]).await, keys);
    let issued = cli.json(&["token", "issue", "--role", "viewer"]).await;
    let new = with(&server, issued["token"].as_str().expect("a token"));
    let let_in = async || match new.run(&["agent", "list"]).await {
        ended if ended.exit == Some(0) => Ok(()),
        ended => Err(format!("{ended:?}")),
    };
    pantheon_harness::soon(let_in).await;
    old.ok(&["agent", "list"]).await;

    let kid = |at: usize| keys[at]["kid"].as_str().expect("a kid");
    cli.ends(&["token", "retire", kid(0)], 5).await;
    cli.ends(&["token", "retire", "nobody"], 3).await;
    cli.ok(&["token", "retire", kid(1)]).await;
    let refused = async || match old.run(&["agent", "list"]).await {
        ended if ended.exit == Some(4) => Ok(()),
        ended => Err(format!("{ended:?}")),
    };
    pantheon_harness::soon(refused).await;
    new.ok(&["agent", "list"]).await;
}

/// Keys in a file of the operator's own are rotated there; keys in the environment are the operator's.
#[tokio::test]
async fn keys_are_rotated_where_they_lie() {
    let cli = Cli::new();
    cli.ok(&["token", "issue", "--role", "viewer"]).await;
    let made = cli.dir().join("keys").join("token.pem");
    let own = cli.dir().join("own.pem");
    std::fs::rename(&made, &own).expect("moved");
    let named = cli.clone().set("PANTHEON_TOKEN_KEY_FILE", own.display());
    let keys = named.json(&["token", "rotate"]).await;
    assert_eq!(keys.as_array().expect("a list").len(), 2);
    assert!(!made.exists());
    let text = std::fs::read_to_string(&own).expect("a text");
    let ended = cli
        .clone()
        .set("PANTHEON_TOKEN_KEY", text)
        .ends(&["token", "rotate"], 2)
        .await;
    assert!(ended.err.contains("PANTHEON_TOKEN_KEY_FILE"), "{ended:?}");
}
