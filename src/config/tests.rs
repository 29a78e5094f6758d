use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;

use super::*;

fn sources(env: &[(&str, &str)], file: Option<&std::path::Path>) -> Sources {
    Sources {
        mode: Mode::Serve,
        file: file.map(PathBuf::from),
        env: env
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        flags: BTreeMap::new(),
    }
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), text).expect("it is written");
    file
}

fn fault(env: &[(&str, &str)], text: &str) -> String {
    let file = file(text);
    Config::load(&sources(env, Some(file.path())))
        .expect_err("a fault")
        .to_string()
}

#[test]
fn the_defaults_are_those_of_the_contract() {
    let config = Config::load(&sources(&[], None)).expect("the defaults are good");
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.health_degraded_after, Duration::from_secs(60));
    assert_eq!(config.order_ttl, Duration::from_secs(86_400));
    assert_eq!(
        config.environments,
        ["development", "staging", "production"]
    );
    assert_eq!(config.ws_anonymous, WsAnonymous::Off);
    let dev = Sources {
        mode: Mode::Dev,
        ..sources(&[], None)
    };
    let dev = Config::load(&dev).expect("the defaults are good");
    assert_eq!(dev.ws_anonymous, WsAnonymous::Loopback);
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let file = file("listen = \"0.0.0.0:1\"\nlog = \"debug\"\n[limits]\nburst = 7\n");
    let mut sources = sources(&[("PANTHEON_LISTEN", "0.0.0.0:2")], Some(file.path()));
    let config = Config::load(&sources).expect("good settings");
    assert_eq!(
        (
            config.listen.port(),
            config.log.as_str(),
            config.limit_burst
        ),
        (2, "debug", 7)
    );
    sources.flags.insert("listen", "0.0.0.0:3".to_owned());
    let config = Config::load(&sources).expect("good settings");
    assert_eq!(config.listen.port(), 3);
    let listen = config
        .shown
        .iter()
        .find(|line| line.key == "listen")
        .expect("it is listed");
    assert_eq!(listen.origin, "flag");
}

#[test]
fn an_unknown_key_and_a_wrong_type_are_named() {
    assert!(fault(&[], "lisen = \"x\"").starts_with("lisen:"));
    assert!(fault(&[], "[limits]\nbrust = 1").starts_with("limits.brust:"));
    assert!(fault(&[("PANTHEON_LISEN", "x")], "").starts_with("PANTHEON_LISEN:"));
    assert!(fault(&[], "listen = 5").starts_with("listen:"));
    assert!(fault(&[], "order_ttl = true").starts_with("order_ttl:"));
    assert!(fault(&[("PANTHEON_LIMITS_BURST", "many")], "").starts_with("limits.burst:"));
    assert!(fault(&[("PANTHEON_HEARTBEAT_RECORD", "some")], "").starts_with("heartbeat_record:"));
}

#[test]
fn a_secret_has_a_file_form_and_is_never_shown() {
    let secret = file("s3cret-value\n");
    let path = secret.path().to_str().expect("a plain path");
    let config = Config::load(&sources(&[("PANTHEON_TOKEN_KEY_FILE", path)], None));
    let config = config.expect("good settings");
    let key = config.token_key.as_ref().expect("it is set");
    assert_eq!(secrecy::ExposeSecret::expose_secret(key), "s3cret-value");
    assert!(!format!("{config:?}").contains("s3cret"));
}

#[test]
fn a_password_in_a_url_is_never_shown() {
    let url = "postgres://me:hunter2@db:5432/log?password=hunter2";
    let config = Config::load(&sources(&[("DATABASE_URL", url)], None)).expect("good settings");
    let text = format!("{config:?}");
    assert!(
        !text.contains("hunter2") && text.contains("db:5432/log"),
        "{text}"
    );
}

#[test]
fn a_secret_file_that_others_can_read_stops_the_start() {
    let secret = file("x");
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(secret.path(), open).expect("the mode is set");
    let path = secret.path().to_str().expect("a plain path");
    let text = fault(&[("PANTHEON_TOKEN_KEY_FILE", path)], "");
    assert!(
        text.starts_with("PANTHEON_TOKEN_KEY:") && text.contains("chmod 600"),
        "{text}"
    );
}

#[test]
fn a_secret_and_its_file_together_are_a_mistake() {
    let both = [
        ("PANTHEON_TOKEN_KEY", "a"),
        ("PANTHEON_TOKEN_KEY_FILE", "b"),
    ];
    assert!(fault(&both, "").contains("not both"));
}

#[test]
fn only_what_may_hold_a_secret_has_a_file_form() {
    assert!(fault(&[("PANTHEON_LISTEN_FILE", "/x")], "").starts_with("PANTHEON_LISTEN_FILE:"));
    assert!(fault(&[("PANTHEON_LOG_FILE", "/x")], "").starts_with("PANTHEON_LOG_FILE:"));
    assert!(fault(&[], "listen_file = \"/x\"").starts_with("listen_file:"));
    let url = file("postgres://me:hunter2@db/log\n");
    let path = url.path().to_str().expect("a plain path");
    let config = Config::load(&sources(&[("DATABASE_URL_FILE", path)], None));
    let database = config
        .expect("good settings")
        .database_url
        .expect("it is set");
    assert_eq!(database.expose(), "postgres://me:hunter2@db/log");
    let text = format!("database_url_file = \"{path}\"");
    let settings = file(&text);
    let config = Config::load(&sources(&[], Some(settings.path()))).expect("good settings");
    assert!(config.database_url.is_some());
}

/// `cargo run`, and so `make run`, hands the program what the build script set for the compiler.
#[test]
fn what_the_build_script_sets_is_no_unknown_setting() {
    let script = include_str!("../../build.rs");
    let names = script.split("rustc-env=").skip(1);
    let names: Vec<_> = names.filter_map(|rest| rest.split('=').next()).collect();
    assert!(!names.is_empty());
    for name in names {
        let config = Config::load(&sources(&[(name, "0123456789abcdef")], None));
        assert!(config.is_ok(), "{name}: {:?}", config.err());
    }
}

#[test]
fn values_that_no_server_can_run_with_are_refused_by_name() {
    for (name, value, key) in [
        ("PANTHEON_DATABASE_CONNECTIONS", "0", "database_connections"),
        ("PANTHEON_BUS_REPLICAS", "0", "bus.replicas"),
        ("PANTHEON_SYSTEM_SAMPLE", "0s", "system_sample"),
        (
            "PANTHEON_HEALTH_DEGRADED_AFTER",
            "0s",
            "health_degraded_after",
        ),
        (
            "PANTHEON_HEALTH_DEGRADED_AFTER",
            "400s",
            "health_unhealthy_after",
        ),
        ("PANTHEON_LIMITS_CONNECTIONS", "0", "limits.connections"),
        ("PANTHEON_LIMITS_QUEUE", "0", "limits.queue"),
    ] {
        let said = fault(&[(name, value)], "");
        assert!(said.starts_with(&format!("{key}: expected ")), "{said}");
    }
    let said = fault(&[("PANTHEON_SYSTEM_SAMPLE", "0s")], "");
    assert!(said.contains("PANTHEON_SYSTEM_SAMPLE"), "{said}");
}
