//! `migrate up|status`.

use pantheon_harness::{Database, Postgres};

use super::words::Cli;

/// A database of the same server with nothing in it.
pub async fn empty(database: &Database, name: &str) -> String {
    let pool = database.pool(1).await.expect("a connection");
    let create = format!("create database {name}");
    sqlx::raw_sql(&create)
        .execute(&pool)
        .await
        .expect("it is made");
    let (server, _) = database.url().rsplit_once('/').expect("a name");
    format!("{server}/{name}")
}

#[tokio::test]
async fn an_empty_database_is_behind_until_it_is_migrated() {
    let database = Postgres::shared().await.expect("a database");
    let cli = Cli::new().set("DATABASE_URL", empty(&database, "migrate_up").await);
    let behind = cli.ends(&["migrate", "status", "-o", "json"], 7).await;
    assert!(
        behind.out.contains(r#""status": "behind""#),
        "{}",
        behind.out
    );
    assert!(behind.err.contains("pantheon migrate up"), "{}", behind.err);
    assert_eq!(cli.json(&["migrate", "up"]).await["status"], "current");
    assert_eq!(cli.json(&["migrate", "status"]).await["missing"], 0);
    cli.ok(&["migrate", "up"]).await;
}

#[tokio::test]
async fn a_database_of_a_newer_build_is_left_alone() {
    let database = Postgres::shared().await.expect("a database");
    let pool = database.pool(1).await.expect("a connection");
    let newer =
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
        values (999999, 'of tomorrow', true, '', 0)";
    sqlx::raw_sql(newer).execute(&pool).await.expect("noted");
    let cli = Cli::new().set("DATABASE_URL", database.url());
    let ahead = cli.ends(&["migrate", "status"], 1).await;
    assert!(ahead.err.contains("newer build"), "{}", ahead.err);
    let refused = cli
        .set("PANTHEON_LISTEN", "127.0.0.1:0")
        .ends(&["serve"], 1)
        .await;
    assert!(refused.err.contains("newer build"), "{}", refused.err);
}

#[tokio::test]
async fn a_database_that_is_away_closed_or_not_named_is_told_apart() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    let cli = Cli::new();
    let away = cli
        .clone()
        .set("DATABASE_URL", format!("postgres://me@127.0.0.1:{port}/x"));
    let ended = away.ends(&["migrate", "status"], 8).await;
    assert!(ended.err.contains("not reachable"), "{}", ended.err);

    let database = Postgres::shared().await.expect("a database");
    let (_, place) = database.url().split_once('@').expect("a password");
    let closed = cli
        .clone()
        .set("DATABASE_URL", format!("postgres://nobody:x@{place}"));
    let ended = closed.ends(&["migrate", "status"], 4).await;
    assert!(!ended.err.contains("postgres://"), "{}", ended.err);

    let ended = cli.ends(&["migrate", "status"], 2).await;
    assert!(ended.err.contains("DATABASE_URL"), "{}", ended.err);
}
