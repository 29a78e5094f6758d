//! `doctor` on a good set-up and on bad ones.

use pantheon_harness::{Nats, Postgres};
use pantheon_nats::{BusKeys, ServerConfig};
use serde_json::Value;

use super::words::{Cli, Ended};

fn findings(ended: &Ended) -> Vec<Value> {
    let found: Value = serde_json::from_str(&ended.out).expect("JSON");
    found.as_array().expect("findings").clone()
}

/// Every failure names its way out.
fn failed(ended: &Ended) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let failed = findings(ended)
        .into_iter()
        .filter(|one| one["status"] == "failed");
    let failed: Vec<_> = failed
        .map(|one| (text(&one["check"]), text(&one["fix"])))
        .collect();
    assert!(failed.iter().all(|(_, fix)| !fix.is_empty()), "{failed:?}");
    failed
}

#[tokio::test]
async fn a_good_set_up_has_nothing_to_mend() {
    let postgres = Postgres::own().await.expect("a server");
    let database = postgres.database().await.expect("a database");
    let nats = Nats::own().await.expect("a nats-server");
    let cli = Cli::new()
        .set("DATABASE_URL", database.url())
        .set("NATS_URL", nats.url())
        .set("PANTHEON_LISTEN", "127.0.0.1:0");
    let ended = cli.ends(&["doctor", "-o", "json"], 0).await;
    let names: Vec<_> = findings(&ended)
        .iter()
        .map(|one| one["check"].clone())
        .collect();
    for wanted in [
        "postgres",
        "rights",
        "migrations",
        "log",
        "clock",
        "nats",
        "port",
        "disk",
    ] {
        assert!(names.contains(&Value::from(wanted)), "{wanted}: {names:?}");
    }
    assert!(cli.ok(&["doctor"]).await.contains("JetStream answers"));
    let made = std::fs::read_dir(cli.dir()).expect("the folder").count();
    assert_eq!(made, 0, "a look changes nothing");
}

#[tokio::test]
async fn what_is_away_is_8_with_the_fix_for_each() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = free.local_addr().expect("an address");
    drop(free);
    let cli = Cli::new()
        .set("DATABASE_URL", format!("postgres://me@{address}/x"))
        .set("NATS_URL", format!("nats://{address}"))
        .set("PANTHEON_LISTEN", "127.0.0.1:0");
    let ended = cli.ends(&["doctor", "-o", "json"], 8).await;
    let failed = failed(&ended);
    let names: Vec<_> = failed.iter().map(|(check, _)| check.as_str()).collect();
    assert_eq!(names, ["postgres", "nats"]);
    assert!(
        failed[0].1.contains("DATABASE_URL") && failed[1].1.contains("NATS_URL"),
        "{failed:?}"
    );
    assert!(ended.err.contains("2 checks failed"), "{}", ended.err);
}

#[tokio::test]
async fn a_database_without_migrations_is_7_and_a_port_that_is_taken_1() {
    let database = Postgres::shared().await.expect("a database");
    let url = super::migrate::empty(&database, "doctor_behind").await;
    let cli = Cli::new()
        .set("DATABASE_URL", url)
        .set("PANTHEON_LISTEN", "127.0.0.1:0");
    let ended = cli.ends(&["doctor", "-o", "json"], 7).await;
    let found = failed(&ended);
    assert_eq!(found[0].0, "migrations");
    assert!(found[0].1.contains("pantheon migrate up"), "{found:?}");

    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    let cli = Cli::new().set("PANTHEON_LISTEN", address);
    let ended = cli.ends(&["doctor", "-o", "json"], 1).await;
    assert_eq!(failed(&ended)[0].0, "port");
}

#[tokio::test]
async fn a_nats_server_that_will_not_do_is_told_apart_from_one_that_is_away() {
    let keys = BusKeys::generate().expect("keys");
    let closed = Nats::own_with(|options| {
        options.config(move |places| {
            let listen = ([127, 0, 0, 1], places.port).into();
            let config = ServerConfig::new(listen, &places.store_dir, &keys);
            config.expect("a configuration").to_string()
        })
    });
    let closed = closed.await.expect("a nats-server");
    let cli = Cli::new().set("PANTHEON_LISTEN", "127.0.0.1:0");
    let ended = cli
        .clone()
        .set("NATS_URL", closed.url())
        .ends(&["doctor", "-o", "json"], 4)
        .await;
    assert!(failed(&ended)[0].1.contains("bus config"), "{ended:?}");

    let plain = Nats::own_with(|options| {
        options.config(|places| format!("listen: \"127.0.0.1:{}\"\n", places.port))
    });
    let plain = plain.await.expect("a nats-server");
    let ended = cli
        .set("NATS_URL", plain.url())
        .ends(&["doctor", "-o", "json"], 1)
        .await;
    assert!(ended.out.contains("no JetStream"), "{ended:?}");
}
