//! What the database itself refuses: a changed history, an older lineage, an unsafe call.

use anyhow::{Context, Result};
use pantheon_events::Epoch;
use pantheon_harness::{Postgres, soon};
use pantheon_log::AppendError;
use sqlx::{Connection, PgConnection, PgPool};

use super::node::{Node, one};

const EMPTY_BATCH: &str = "select * from append_events(1, \
    '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')";

async fn refusal(pool: &PgPool, sql: &str) -> Result<String> {
    let error = sqlx::raw_sql(sql)
        .execute(pool)
        .await
        .err()
        .context("it was not refused")?;
    let error = error
        .into_database_error()
        .context("not the database's word")?;
    Ok(error.code().unwrap_or_default().into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_cannot_be_changed_or_deleted() -> Result<()> {
    let database = Postgres::shared().await?;
    let node = Node::start(database.connect_options()?).await?;
    node.writer.append(one("one", 0)).await?;
    for table in ["events", "commands", "epochs"] {
        for sql in [
            format!("delete from {table}"),
            format!("delete from {table} where false"),
            format!("truncate {table}"),
        ] {
            assert_eq!(refusal(node.log.pool(), &sql).await?, "PN003", "{sql}");
        }
    }
    let update = "update events set payload = '{}' where position = 1";
    assert_eq!(refusal(node.log.pool(), update).await?, "PN003");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_of_an_older_epoch_is_fenced() -> Result<()> {
    let database = Postgres::shared().await?;
    let old = Node::start(database.connect_options()?).await?;
    old.writer.append(one("one", 0)).await?;
    sqlx::query("select open_epoch('restored')")
        .execute(old.log.pool())
        .await?;

    let fenced = |error| {
        matches!(error, AppendError::Fenced { ours, log }
            if (ours, log) == (Epoch::new(1), Epoch::new(2)))
    };
    assert!(old.writer.append(one("one", 1)).await.is_err_and(fenced));
    assert!(old.writer.append(one("two", 0)).await.is_err_and(fenced));

    let new = Node::start(database.connect_options()?).await?;
    assert_eq!(new.log.epoch(), Epoch::new(2));
    new.writer.append(one("one", 1)).await?;
    let epochs: Vec<_> = new
        .everything()
        .await?
        .iter()
        .map(|event| event.epoch.get())
        .collect();
    assert_eq!(epochs, [1, 2]);
    // The old node still reads, and tells the new events in their lineage.
    let epochs: Vec<_> = old
        .everything()
        .await?
        .iter()
        .map(|event| event.epoch.get())
        .collect();
    assert_eq!(epochs, [1, 2]);
    Ok(())
}

#[tokio::test]
async fn the_lock_is_not_taken_inside_a_clients_transaction() -> Result<()> {
    let database = Postgres::shared().await?;
    let mut connection = PgConnection::connect_with(&database.connect_options()?).await?;
    for before in ["select pg_sleep(0.25)", "create temporary table t ()"] {
        let mut open = connection.begin().await?;
        sqlx::query(before).execute(&mut *open).await?;
        let error = sqlx::query(EMPTY_BATCH).execute(&mut *open).await.err();
        let error = error
            .and_then(sqlx::Error::into_database_error)
            .context("not refused")?;
        assert_eq!(error.code().as_deref(), Some("PN002"), "{before}");
        open.rollback().await?;
    }
    for unsafe_setting in [
        "set default_transaction_isolation = 'repeatable read'",
        "set default_transaction_isolation = 'read committed'; set synchronous_commit = off",
    ] {
        sqlx::raw_sql(unsafe_setting)
            .execute(&mut connection)
            .await?;
        let error = sqlx::query(EMPTY_BATCH)
            .execute(&mut connection)
            .await
            .err();
        let error = error
            .and_then(sqlx::Error::into_database_error)
            .context("not refused")?;
        assert_eq!(error.code().as_deref(), Some("PN002"), "{unsafe_setting}");
    }
    Ok(())
}

/// A transaction too young to be told from autocommit does not keep the lock for long.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_sits_on_the_lock_is_thrown_out() -> Result<()> {
    let database = Postgres::shared().await?;
    let node = Node::start(database.connect_options()?).await?;
    let mut other = PgConnection::connect_with(&database.connect_options()?).await?;
    let held = format!("begin; {EMPTY_BATCH}");
    sqlx::raw_sql(&held).execute(&mut other).await?;
    node.insist(one("one", 0)).await?;
    soon(async || other.ping().await.is_err()).await;
    Ok(())
}

#[tokio::test]
async fn the_doctor_finds_what_makes_the_log_unsafe() -> Result<()> {
    let database = Postgres::shared().await?;
    let options = database.connect_options()?;
    // The servers of the tests do not sync.
    let found = pantheon_log::doctor::unsafe_settings(options.clone()).await?;
    assert!(found.iter().all(|what| what.contains("fsync")), "{found:?}");

    let pool = database.pool(1).await?;
    let disable = "alter table events disable trigger events_are_history";
    sqlx::query(disable).execute(&pool).await?;
    let found = pantheon_log::doctor::unsafe_settings(options).await?;
    assert!(
        found.iter().any(|what| what.contains("trigger")),
        "{found:?}"
    );
    Ok(())
}
