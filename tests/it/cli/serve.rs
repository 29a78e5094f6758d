//! `serve`: how it starts, refuses to start, and ends.

use std::os::unix::fs::PermissionsExt;

use pantheon_embedded::Signal;
use pantheon_harness::Postgres;

use super::migrate::empty;
use super::words::{Cli, Server, WITHIN};

#[tokio::test]
async fn a_server_ends_well_when_it_is_terminated_and_with_130_by_ctrl_c() {
    let mut server = Server::start().await;
    let ready = server.process.stdout();
    assert_eq!(
        ready,
        [format!("ready {}", server.url)],
        "one line on stdout"
    );
    let status = server.process.terminate(WITHIN).await.expect("it ends");
    assert_eq!(status.code(), Some(0), "{:?}", server.process.stderr());
    server.restart().await;
    server.process.signal(Signal::Interrupt).expect("it runs");
    let status = server.process.wait(WITHIN).await.expect("it ends");
    assert_eq!(status.code(), Some(130), "{:?}", server.process.stderr());
}

#[tokio::test]
async fn a_server_that_cannot_start_says_why_by_its_exit_code() {
    let database = Postgres::shared().await.expect("a database");
    let cli = Cli::new()
        .set("DATABASE_URL", database.url())
        .set("PANTHEON_LISTEN", "127.0.0.1:0");

    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let ended = cli.ends(&["serve", "--listen", &address], 1).await;
    assert!(ended.err.contains("--listen"), "{}", ended.err);
    drop(taken);

    let away = cli
        .clone()
        .set("DATABASE_URL", format!("postgres://me@{address}/x"));
    away.ends(&["serve"], 8).await;
    away.ends(&["serve", "--check"], 8).await;

    let behind = cli
        .clone()
        .set("DATABASE_URL", empty(&database, "serve_behind").await);
    let ended = behind.ends(&["serve"], 7).await;
    assert!(ended.err.contains("pantheon migrate up"), "{}", ended.err);
    behind.ends(&["serve", "--check"], 7).await;

    let unset = cli.clone().unset("DATABASE_URL");
    for args in [&["serve"][..], &["serve", "--check"]] {
        let ended = unset.ends(args, 2).await;
        assert!(
            ended.err.contains("DATABASE_URL is not set"),
            "{args:?}: {}",
            ended.err
        );
    }

    for (name, value) in [
        ("PANTHEON_TOKEN_KEY", "secret"),
        ("PANTHEON_SECRET_KEY", "short"),
        ("PANTHEON_LOG", "pantheon=what=ever"),
        ("DATABASE_URL", "what"),
        ("NATS_URL", "what"),
        ("PANTHEON_ROLE", "chef"),
    ] {
        let wrong = cli.clone().set(name, value);
        for args in [&["serve"][..], &["serve", "--check"]] {
            let ended = wrong.ends(args, 2).await;
            assert!(
                !ended.err.contains("panicked"),
                "{name} {args:?}: {}",
                ended.err
            );
        }
    }
}

#[tokio::test]
async fn keys_that_others_can_read_stop_the_start_and_the_check() {
    let database = Postgres::shared().await.expect("a database");
    let cli = Cli::new()
        .set("DATABASE_URL", database.url())
        .set("PANTHEON_LISTEN", "127.0.0.1:0");
    cli.ok(&["token", "issue", "--role", "viewer"]).await;
    let key = cli.dir().join("keys").join("token.pem");
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(&key, open).expect("the mode is set");
    for args in [
        &["serve"][..],
        &["serve", "--check"],
        &["token", "issue", "--role", "viewer"],
    ] {
        let ended = cli.ends(args, 2).await;
        assert!(ended.err.contains("chmod 600"), "{args:?}: {}", ended.err);
    }
}

#[tokio::test]
async fn a_check_of_good_settings_ends_well_and_starts_and_makes_nothing() {
    // The shared server is a fast one that may lose its data, which the check refuses.
    let postgres = Postgres::own().await.expect("a server");
    let database = postgres.database().await.expect("a database");
    let cli = Cli::new()
        .set("DATABASE_URL", database.url())
        .set("PANTHEON_LISTEN", "127.0.0.1:0");
    let ended = cli.ends(&["serve", "--check"], 0).await;
    assert!(
        ended.err.contains("ok    postgres") && ended.out.is_empty(),
        "{ended:?}"
    );
    let made = std::fs::read_dir(cli.dir()).expect("the folder").count();
    assert_eq!(made, 0, "a check makes no keys");
}

/// What is set by halves, or would send a secret in the open, stops the start and is named.
#[tokio::test]
async fn half_a_github_or_one_without_tls_stops_the_start() {
    let database = Postgres::shared().await.expect("a database");
    let cli = Cli::new()
        .set("DATABASE_URL", database.url())
        .set("PANTHEON_LISTEN", "127.0.0.1:0")
        .set("PANTHEON_GITHUB_CLIENT_ID", "pantheon");
    let ended = cli.ends(&["serve"], 2).await;
    assert!(
        ended.err.contains("PANTHEON_GITHUB_CLIENT_SECRET"),
        "{ended:?}"
    );
    let callback = "https://pantheon.example/api/v1/auth/github/callback";
    let cli = cli
        .set("PANTHEON_GITHUB_CLIENT_SECRET", "hush")
        .set("PANTHEON_GITHUB_CALLBACK_URL", callback)
        .set("PANTHEON_GITHUB_API_URL", "http://api.github.example");
    let ended = cli.ends(&["serve"], 2).await;
    assert!(ended.err.contains("PANTHEON_GITHUB_API_URL"), "{ended:?}");
}
