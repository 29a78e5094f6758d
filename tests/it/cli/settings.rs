//! Settings: `config show`, their order, files with secrets, roles.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use super::words::Cli;
use crate::world::World;

fn row<'s>(shown: &'s Value, key: &str) -> &'s Value {
    let rows = shown.as_array().expect("rows");
    rows.iter().find(|row| row["key"] == key).expect("the key")
}

fn write(path: &Path, text: &str, mode: u32) -> String {
    std::fs::write(path, text).expect("it is written");
    let mode = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(path, mode).expect("the mode is set");
    path.display().to_string()
}

#[tokio::test]
async fn every_setting_is_shown_with_its_origin_and_without_its_secrets() {
    let cli = Cli::new();
    let file = write(
        &cli.dir().join("p.toml"),
        "log = \"debug\"\n[limits]\nburst = 7\n",
        0o600,
    );
    let cli = cli
        .set("PANTHEON_CONFIG", &file)
        .set(
            "DATABASE_URL",
            "postgres://me:hunter2@db:5432/log?password=hunter2",
        )
        .set("PANTHEON_TOKEN_KEY", "hunter2")
        .set("PANTHEON_ROLE", "api,live");
    let shown = cli.json(&["config", "show", "--origin"]).await;
    for (key, value, origin) in [
        ("listen", "127.0.0.1:8080", "default"),
        ("log", "debug", "file"),
        ("limits.burst", "7", "file"),
        (
            "database_url",
            "postgres://me:***@db:5432/log",
            "environment DATABASE_URL",
        ),
        ("token_key", "(secret)", "environment PANTHEON_TOKEN_KEY"),
        ("role", "api,live", "environment PANTHEON_ROLE"),
        ("env", "production", "default"),
    ] {
        let row = row(&shown, key);
        let (found, from) = (
            row["value"].as_str(),
            row["origin"].as_str().expect("an origin"),
        );
        assert!(
            found == Some(value) && from.starts_with(origin),
            "{key}: {row}"
        );
    }
    assert!(!shown.to_string().contains("hunter2"));
    let table = cli.ok(&["config", "show", "--origin"]).await;
    assert!(
        table.contains("ORIGIN") && !table.contains("hunter2"),
        "{table}"
    );
    let plain = cli.json(&["config", "show"]).await;
    assert!(row(&plain, "log")["origin"].is_null());
    let dev = cli.json(&["config", "show", "--dev"]).await;
    assert_eq!(row(&dev, "env")["value"], "development");
}

#[tokio::test]
async fn an_unknown_key_and_a_wrong_value_are_2_with_the_key_s_name() {
    for (name, value, named) in [
        ("PANTHEON_LISEN", "127.0.0.1:1", "PANTHEON_LISEN"),
        ("PANTHEON_LISTEN", "here", "listen"),
        ("PANTHEON_LISTEN_FILE", "/x", "PANTHEON_LISTEN_FILE"),
        ("PANTHEON_ROLE", "api,chef", "role"),
        ("PANTHEON_ROLE", ",", "role"),
        ("PANTHEON_HEARTBEAT_RECORD", "some", "heartbeat_record"),
        ("PANTHEON_LIMITS_BURST", "many", "limits.burst"),
    ] {
        let cli = Cli::new().set(name, value);
        for args in [
            &["config", "show"][..],
            &["serve"],
            &["serve", "--check"],
            &["doctor"],
        ] {
            let ended = cli.ends(args, 2).await;
            assert!(
                ended.err.contains(named),
                "{name}={value} {args:?}: {}",
                ended.err
            );
        }
    }
    for role in ["chef", "api;live", ""] {
        let ended = Cli::new().ends(&["serve", "--role", role], 2).await;
        assert!(
            ended.err.contains("role") && ended.err.contains("projector"),
            "{}",
            ended.err
        );
    }
}

#[tokio::test]
async fn where_the_embedded_servers_programs_lie_may_stand_in_the_environment() {
    let cli = Cli::new()
        .set("PANTHEON_PG_BIN", "/usr/bin")
        .set("PANTHEON_NATS_BIN", "/x");
    cli.ok(&["config", "show"]).await;
}

#[tokio::test]
async fn secrets_are_read_from_files_that_others_cannot_read() {
    let world = World::new().await;
    let cli = Cli::of(&world).unset("PANTHEON_TOKEN");
    let url = write(
        &cli.dir().join("url"),
        &format!("{}\n", world.database.url()),
        0o600,
    );
    let from_file = cli.clone().set("DATABASE_URL_FILE", &url);
    from_file.ok(&["migrate", "status"]).await;
    let shown = from_file.json(&["config", "show", "--origin"]).await;
    assert_eq!(
        row(&shown, "database_url")["origin"],
        format!("secret file {url}")
    );
    let both = from_file.set("DATABASE_URL", world.database.url());
    assert!(
        both.ends(&["migrate", "status"], 2)
            .await
            .err
            .contains("not both")
    );

    let token = write(
        &cli.dir().join("token"),
        &format!("{}\n", world.admin),
        0o600,
    );
    cli.ok(&["events", "list", "--token-file", &token]).await;
    let named = cli.clone().set("PANTHEON_TOKEN_FILE", &token);
    named.ok(&["events", "list"]).await;
    let both = named.clone().set("PANTHEON_TOKEN", &world.admin);
    assert!(
        both.ends(&["events", "list"], 2)
            .await
            .err
            .contains("not both")
    );

    write(Path::new(&token), &world.admin, 0o644);
    for ended in [
        named.ends(&["events", "list"], 2).await,
        cli.ends(&["events", "list", "--token-file", &token], 2)
            .await,
    ] {
        assert!(ended.err.contains("chmod 600"), "{}", ended.err);
    }
    cli.ends(&["events", "list", "--token-file", "/none"], 2)
        .await;
}

#[tokio::test]
async fn the_token_that_dev_left_here_is_used_when_none_is_named() {
    let world = World::new().await;
    let cli = Cli::of(&world).unset("PANTHEON_TOKEN");
    cli.ends(&["events", "list"], 4).await;
    write(&cli.dir().join("admin.token"), &world.admin, 0o600);
    cli.ok(&["events", "list"]).await;
}
