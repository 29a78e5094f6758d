//! The private servers: they come back with their data, and leave nothing behind.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::StreamExt;
use pantheon_embedded::{Nats as Server, NatsOptions, PostgresOptions};
use pantheon_harness::{Fault, Nats, Postgres, Proxy, soon};
use sqlx::{Connection, PgConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const JET: &str = "numbers";

#[tokio::test]
async fn a_shared_database_is_fresh_for_every_test() -> Result<()> {
    let first = Postgres::shared().await?;
    let second = Postgres::shared().await?;
    assert_ne!(first.url(), second.url());
    sqlx::query("create table mine ()")
        .execute(&first.pool(1).await?)
        .await?;
    let there: Option<String> = sqlx::query_scalar("select to_regclass('mine')::text")
        .fetch_one(&second.pool(1).await?)
        .await?;
    assert_eq!(there, None);
    let path: String = sqlx::query_scalar("show search_path")
        .fetch_one(&second.pool(1).await?)
        .await?;
    assert_eq!(
        path, "public, read",
        "the migrations' settings hold for a clone too"
    );
    Ok(())
}

#[tokio::test]
async fn postgres_killed_comes_back_on_its_port_with_what_was_committed() -> Result<()> {
    let mut postgres = Postgres::own().await?;
    let database = postgres.database().await?;
    let port = postgres.port();
    let pool = database.pool(2).await?;
    sqlx::query("create table kept as select 42 as n")
        .execute(&pool)
        .await?;
    postgres.kill9().await;
    assert!(PgConnection::connect(database.url()).await.is_err());
    postgres.restart().await?;
    assert_eq!(postgres.port(), port);
    let n: i32 = sqlx::query_scalar("select n from kept")
        .fetch_one(&database.pool(1).await?)
        .await?;
    assert_eq!(n, 42);
    Ok(())
}

#[tokio::test]
async fn a_data_directory_has_one_owner_and_serves_the_next() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let options = || {
        PostgresOptions::new(dir.path().join("postgres"))
            .throw_away()
            .database("app")
    };
    let mut first = pantheon_embedded::Postgres::start(options()).await?;
    first.psql("app", "create table kept ()")?;
    let refused = pantheon_embedded::Postgres::start(options()).await;
    let message = format!(
        "{:#}",
        refused.err().context("a second owner must be refused")?
    );
    assert!(message.contains("is in use by process"), "{message}");
    first.stop().await?;
    drop(first);
    let second = pantheon_embedded::Postgres::start(options()).await?;
    assert_eq!(second.psql("app", "select count(*) from kept")?.trim(), "0");
    let real = second.dir().to_owned();
    drop(second);
    remove_sheltered(&real, dir.path());
    Ok(())
}

/// As root the data may lie outside the test's directory.
fn remove_sheltered(real: &Path, test: &Path) {
    if !real.starts_with(test) {
        let _ = std::fs::remove_dir_all(real);
    }
}

#[tokio::test]
async fn postgres_started_anew_ends_an_orphan_on_its_data() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let options = || PostgresOptions::new(dir.path().join("postgres")).throw_away();
    let first = pantheon_embedded::Postgres::start(options()).await?;
    let pid_file = first.dir().join("data/postmaster.pid");
    let orphan = std::fs::read_to_string(&pid_file)?;
    // The lock goes, as with an owner that was killed, and the server stays.
    std::fs::remove_file(first.dir().join("lock"))?;
    let second = pantheon_embedded::Postgres::start(options()).await?;
    assert_ne!(
        std::fs::read_to_string(&pid_file)?.lines().next(),
        orphan.lines().next()
    );
    soon(async || !first.is_running()).await;
    let real = second.dir().to_owned();
    drop((first, second));
    remove_sheltered(&real, dir.path());
    Ok(())
}

async fn publish(nats: &Nats, text: &'static str) -> Result<u64> {
    let jet = async_nats::jetstream::new(nats.client().await?);
    let stream = async_nats::jetstream::stream::Config {
        name: JET.into(),
        ..Default::default()
    };
    jet.get_or_create_stream(stream).await?;
    Ok(jet.publish(JET, text.into()).await?.await?.sequence)
}

#[tokio::test]
async fn nats_killed_keeps_its_store_until_it_is_wiped() -> Result<()> {
    let mut nats = Nats::own().await?;
    assert_eq!(publish(&nats, "one").await?, 1);
    nats.kill9().await;
    nats.restart().await?;
    assert_eq!(publish(&nats, "two").await?, 2);
    assert!(
        nats.wipe_store().is_err(),
        "a running server keeps its store"
    );
    nats.stop().await?;
    nats.wipe_store()?;
    nats.restart().await?;
    assert_eq!(publish(&nats, "again").await?, 1);
    Ok(())
}

#[tokio::test]
async fn nats_takes_a_new_configuration_while_it_runs() -> Result<()> {
    let mut nats = Nats::own().await?;
    let client = nats.client().await?;
    let mut events = client.subscribe("still.there").await?;
    nats.reload_with(|places| places.base_config() + "max_payload: 2MB\n")?;
    let monitor = format!("{}/varz", nats.http_url());
    soon(async || {
        let varz = reqwest::get(&monitor).await.ok()?.text().await.ok()?;
        varz.contains("\"max_payload\": 2097152").then_some(())
    })
    .await;
    client.publish("still.there", "yes".into()).await?;
    assert_eq!(
        events
            .next()
            .await
            .context("the connection survived")?
            .payload,
        "yes"
    );
    Ok(())
}

#[tokio::test]
async fn a_server_that_cannot_start_says_what_its_log_says() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let options =
        NatsOptions::new(dir.path()).config(|places| places.base_config() + "no_such_key: 1\n");
    let message = format!(
        "{:#}",
        Server::start(options)
            .await
            .err()
            .context("it must not start")?
    );
    assert!(message.contains("no_such_key"), "{message}");
    Ok(())
}

#[tokio::test]
async fn the_proxy_swallows_a_reply_and_then_passes_again() -> Result<()> {
    let echo = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let port = echo.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = echo.accept().await {
            tokio::spawn(async move {
                let (mut read, mut write) = socket.split();
                tokio::io::copy(&mut read, &mut write).await
            });
        }
    });
    let proxy = Proxy::to_port(port).await?;
    proxy.set(Fault::CutBeforeReply);
    assert_eq!(exchange(&proxy).await?, b"");
    tokio::time::timeout(Duration::from_secs(5), proxy.happened()).await?;
    assert_eq!(exchange(&proxy).await?, b"hello");
    proxy.set(Fault::CutAfter(2));
    assert!(exchange(&proxy).await?.len() <= 2);
    assert_eq!(exchange(&proxy).await?, b"hello");
    proxy.set(Fault::Refuse);
    assert!(
        exchange(&proxy)
            .await
            .map_or(true, |reply| reply.is_empty())
    );
    proxy.heal();
    assert_eq!(exchange(&proxy).await?, b"hello");
    Ok(())
}

async fn exchange(proxy: &Proxy) -> Result<Vec<u8>> {
    let mut socket = tokio::net::TcpStream::connect(("127.0.0.1", proxy.port())).await?;
    socket.write_all(b"hello").await?;
    socket.shutdown().await?;
    let mut reply = Vec::new();
    socket.read_to_end(&mut reply).await?;
    Ok(reply)
}
