//! The keys that seal secrets: another one while nodes serve, and none missing at a start (BUS-06).

use std::collections::BTreeMap;
use std::time::Duration;

use pantheon::secrets::{MasterKey, Rotated, SecretError, Vault, in_use, rotate};
use pantheon_events::TenantId;
use pantheon_harness::{Process, eventually};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use super::{login, open, register, signed_in};
use crate::world::World;

const WITHIN: Duration = Duration::from_secs(60);

struct Ended {
    exit: Option<i32>,
    out: String,
    err: String,
}

/// Runs the program beside a node, on its data.
async fn run(world: &World, args: &[&str], more: &[(&str, &str)]) -> Ended {
    let data = world.node.app().config.data_dir.display().to_string();
    let own = [
        ("DATABASE_URL", world.database.url()),
        ("PANTHEON_DATA_DIR", data.as_str()),
        ("PANTHEON_LISTEN", "127.0.0.1:0"),
    ];
    let env = own.iter().chain(more);
    let env: BTreeMap<String, String> = env
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let process = Process::start(env!("CARGO_BIN_EXE_pantheon"), args, &env);
    let mut process = process.expect("the program runs");
    let status = process.wait(WITHIN).await.expect("it ends");
    let (out, err) = process.printed().await;
    Ended {
        exit: status.code(),
        out,
        err,
    }
}

async fn json(world: &World, args: &[&str]) -> Value {
    let ended = run(world, &[args, &["-o", "json"]].concat(), &[]).await;
    assert_eq!(ended.exit, Some(0), "{args:?}: {}", ended.err);
    serde_json::from_str(&ended.out).expect("JSON")
}

fn keys(world: &World) -> std::path::PathBuf {
    world.node.app().config.data_dir.join("keys/secret.key")
}

#[tokio::test]
async fn everything_is_sealed_with_a_new_key_while_nodes_serve_and_the_old_one_is_taken_away() {
    let world = open().await;
    let beside = world.beside().await;
    register(&world, "ada@example.org").await;
    signed_in(&world, "ada").await;
    let before = json(&world, &["secrets", "status"]).await;
    let before = before.as_array().expect("a list");
    assert_eq!((before.len(), &before[0]["place"]), (1, &"newest".into()));

    let rotated = json(&world, &["secrets", "rotate", "--new-key"]).await;
    assert_eq!(
        (&rotated["failed"], &rotated["left"]),
        (&0.into(), &0.into())
    );
    assert_eq!(rotated["secrets"], before[0]["secrets"], "{rotated}");
    assert_eq!(rotated["keys"], before[0]["keys"], "{rotated}");
    assert_ne!(rotated["key_id"], before[0]["key_id"]);

    // Both nodes, which were started with the old key alone, open the old and seal with the new.
    for (node, name) in [(&world, "bob"), (&beside, "eve")] {
        signed_in(node, "ada").await;
        register(node, &format!("{name}@example.org")).await;
        signed_in(node, name).await;
    }
    let status = json(&world, &["secrets", "status"]).await;
    assert_eq!(status[0]["key_id"], rotated["key_id"]);
    assert_eq!(
        (&status[1]["secrets"], &status[1]["keys"]),
        (&0.into(), &0.into()),
        "{status}"
    );
    let again = json(&world, &["secrets", "rotate"]).await;
    assert_eq!((&again["secrets"], &again["keys"]), (&0.into(), &0.into()));

    let path = keys(&world);
    let both = std::fs::read_to_string(&path).expect("the keys");
    let newest = both.lines().next().expect("a key").to_owned();
    std::fs::write(&path, newest).expect("the old key is taken away");
    beside.node.stop().await;
    let world = world.restarted().await;
    for name in ["ada", "bob", "eve"] {
        signed_in(&world, name).await;
    }
}

#[tokio::test]
async fn a_start_without_a_key_that_is_in_use_is_refused_with_what_to_do() {
    let world = open().await;
    register(&world, "ada@example.org").await;
    let own = std::fs::read_to_string(keys(&world)).expect("the key");
    let other = "qk5GNdJ7Qn0o7p0m2l3mVw1c8oG2k9sTzYxUuIa4b6E=";
    for key in [other.to_owned(), format!("{other},{other}")] {
        let refused = run(&world, &["serve"], &[("PANTHEON_SECRET_KEY", &key)]).await;
        assert_eq!(refused.exit, Some(2), "{}", refused.err);
        for word in ["not configured", "PANTHEON_SECRET_KEY", "secrets status"] {
            assert!(refused.err.contains(word), "{word}: {}", refused.err);
        }
        assert!(!refused.err.contains(own.trim()) && !refused.err.contains(other));
    }
    // Behind a newer one it opens what it sealed.
    let both = format!("{other},{}", own.trim());
    let more = [("PANTHEON_SECRET_KEY", both.as_str())];
    let status = run(&world, &["secrets", "status", "-o", "json"], &more).await;
    assert_eq!(status.exit, Some(0), "{}", status.err);
    let status: Value = serde_json::from_str(&status.out).expect("JSON");
    assert_eq!(
        (&status[0]["keys"], &status[1]["place"]),
        (&0.into(), &"older".into())
    );
    let added = run(&world, &["secrets", "rotate", "--new-key"], &more).await;
    assert_eq!(added.exit, Some(2), "{}", added.err);
    let rotated = run(&world, &["secrets", "rotate"], &more).await;
    assert_eq!(rotated.exit, Some(0), "{}", rotated.err);
    // Now it is the node's own key that is missing.
    let missing = json(&world, &["secrets", "status"]).await;
    assert_eq!(missing[1]["place"], "missing", "{missing}");
}

/// A vault of many secrets, under an old key, and the ring with a new one in front.
async fn filled(world: &World, count: usize) -> (PgPool, MasterKey, Vec<(Uuid, String)>) {
    let pool = world.database.pool(4).await.expect("a pool");
    let dir = world.node.app().config.data_dir.clone();
    let master = MasterKey::open(None, &dir).expect("the keys");
    let vault = Vault::new(pool.clone(), master.clone());
    let mut kept = Vec::new();
    for n in 0..count {
        let secret = format!("secret {n}");
        let text = SecretString::from(secret.clone());
        let id = vault.put(TenantId::default_organization(), &text).await;
        kept.push((id.expect("kept"), secret));
    }
    master.add().expect("another key");
    (pool, master, kept)
}

async fn all_open(pool: &PgPool, master: &MasterKey, kept: &[(Uuid, String)]) {
    let vault = Vault::new(pool.clone(), master.clone());
    for (id, secret) in kept {
        let found = vault.get(TenantId::default_organization(), *id).await;
        let found = found.expect("opens").expect("is there");
        assert_eq!(found.expose_secret(), secret);
    }
    let used = in_use(pool).await.expect("the keys in use");
    let used: Vec<_> = used.iter().map(|used| used.key_id.as_str()).collect();
    assert_eq!(used, [&*master.id()]);
}

#[tokio::test]
async fn a_sweep_that_broke_off_goes_on_where_it_was() {
    let world = World::new().await;
    let (pool, master, kept) = filled(&world, 1_200).await;
    let sweep = tokio::spawn({
        let (pool, master) = (pool.clone(), master.clone());
        async move { rotate(&pool, &master).await.map(drop) }
    });
    let newest = master.id();
    eventually(Duration::from_secs(30), async || {
        let used = in_use(&pool).await.map_err(|error| error.to_string())?;
        match used.iter().any(|used| *used.key_id == *newest) {
            true => Ok(()),
            false => Err(format!("{used:?}")),
        }
    })
    .await;
    sweep.abort();
    let _ = sweep.await;
    let rest = rotate(&pool, &master).await.expect("the rest");
    assert!(rest.failed == 0 && rest.secrets < 1_200, "{rest:?}");
    all_open(&pool, &master, &kept).await;
    assert_eq!(
        rotate(&pool, &master).await.expect("nothing"),
        Rotated::default()
    );
}

#[tokio::test]
async fn what_cannot_be_opened_stays_as_it_is_and_keeps_its_key() {
    let world = World::new().await;
    let (pool, master, kept) = filled(&world, 3).await;
    let (broken, _) = kept[1];
    let change =
        "update vault set ciphertext = overlay(ciphertext placing $2 from 30) where secret_id = $1
                  returning ciphertext";
    let was: Vec<u8> = sqlx::query_scalar("select ciphertext from vault where secret_id = $1")
        .bind(broken)
        .fetch_one(&pool)
        .await
        .expect("the row");
    let changed: Vec<u8> = sqlx::query_scalar(change)
        .bind(broken)
        .bind(vec![was[29] ^ 1])
        .fetch_one(&pool)
        .await
        .expect("the row is changed");
    assert_ne!(was, changed);
    let rotated = rotate(&pool, &master).await.expect("a sweep");
    assert_eq!((rotated.secrets, rotated.failed), (2, 1));
    let ended = run(&world, &["secrets", "rotate"], &[]).await;
    assert_eq!(ended.exit, Some(1), "{}", ended.err);
    assert!(ended.err.contains("older keys"), "{}", ended.err);

    sqlx::query("update vault set ciphertext = $2 where secret_id = $1")
        .bind(broken)
        .bind(was)
        .execute(&pool)
        .await
        .expect("the row is mended");
    let rotated = rotate(&pool, &master).await.expect("a sweep");
    assert_eq!((rotated.secrets, rotated.failed), (1, 0));
    all_open(&pool, &master, &kept).await;
    let other = MasterKey::open(
        Some(&SecretString::from(
            "qk5GNdJ7Qn0o7p0m2l3mVw1c8oG2k9sTzYxUuIa4b6E=",
        )),
        std::path::Path::new("."),
    );
    let other = Vault::new(pool, other.expect("a key"));
    let closed = other.get(TenantId::default_organization(), broken).await;
    assert!(matches!(closed, Err(SecretError::UnknownKey(_))));
    assert_eq!(login(&world, "nobody", "wrong").await.0, 401);
}
