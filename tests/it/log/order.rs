//! G3: positions are dense and in commit order.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use pantheon_harness::{Postgres, soon};
use pantheon_log::AppendError;
use sqlx::{Connection, PgConnection};
use tokio::task::JoinSet;

use super::node::{Node, one, with_payload};

const WRITERS: usize = 4;
const CALLERS: usize = 8;
const EACH: usize = 60;

/// Four nodes with eight callers each; every twentieth command makes its statement fail after it
/// has taken the lock and begun to insert.
async fn load(nodes: &[Arc<Node>]) -> Result<usize> {
    let mut callers = JoinSet::new();
    for caller in 0..WRITERS * CALLERS {
        let node = nodes[caller % WRITERS].clone();
        callers.spawn(async move {
            let mut committed = 0;
            for i in 0..EACH {
                let stream = format!("stream-{caller}");
                if i % 20 == 7 {
                    let bad = with_payload(&stream, committed, "{ no json");
                    let refused = node.writer.append(bad).await;
                    assert!(
                        matches!(refused, Err(AppendError::Refused(_))),
                        "{refused:?}"
                    );
                } else {
                    node.insist(one(&stream, committed)).await?;
                    committed += 1;
                }
            }
            anyhow::Ok(committed)
        });
    }
    let mut committed = 0;
    while let Some(done) = callers.join_next().await {
        committed += usize::try_from(done??)?;
    }
    Ok(committed)
}

/// The simplest reader there is: what is behind the last position it saw. It never looks back.
async fn poll(mut connection: PgConnection, seen: Arc<AtomicUsize>) -> Result<()> {
    let mut last = 0_i64;
    loop {
        let next = "select position from events where position > $1 order by position limit 500";
        let positions: Vec<i64> = sqlx::query_scalar(next)
            .bind(last)
            .fetch_all(&mut connection)
            .await?;
        for position in positions {
            assert_eq!(position, last + 1, "a hole, or a row that came late");
            last = position;
        }
        seen.store(usize::try_from(last)?, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn g03_a_poller_sees_every_position_of_four_writers_with_failures() -> Result<()> {
    let database = Postgres::shared().await?;
    let mut nodes = Vec::new();
    for _ in 0..WRITERS {
        nodes.push(Arc::new(Node::start(database.connect_options()?).await?));
    }
    let seen = Arc::new(AtomicUsize::new(0));
    let connection = PgConnection::connect_with(&database.connect_options()?).await?;
    let poller = tokio::spawn(poll(connection, seen.clone()));

    let committed = load(&nodes).await?;
    soon(async || seen.load(Ordering::Relaxed) >= committed || poller.is_finished()).await;

    assert!(
        !poller.is_finished(),
        "the poller met a hole: {:?}",
        poller.await
    );
    assert_eq!(seen.load(Ordering::Relaxed), committed);
    for node in &nodes {
        assert_eq!(node.everything().await?.len(), committed);
        assert_eq!(node.log.integrity_violations(), 0);
    }
    poller.abort();
    Ok(())
}

/// Shows that the test above can fail: the usual table loses an event to the same poller.
#[tokio::test]
async fn a_poller_of_an_identity_column_loses_what_commits_late() -> Result<()> {
    let database = Postgres::shared().await?;
    let mut early = PgConnection::connect_with(&database.connect_options()?).await?;
    let mut late = PgConnection::connect_with(&database.connect_options()?).await?;
    let table = "create table naive (position bigint generated always as identity)";
    sqlx::query(table).execute(&mut early).await?;

    let mut open = late.begin().await?;
    sqlx::query("insert into naive default values")
        .execute(&mut *open)
        .await?;
    sqlx::query("insert into naive default values")
        .execute(&mut early)
        .await?;
    let next = "select position from naive where position > $1 order by position";
    let seen: Vec<i64> = sqlx::query_scalar(next)
        .bind(0_i64)
        .fetch_all(&mut early)
        .await?;
    open.commit().await?;
    let later: Vec<i64> = sqlx::query_scalar(next)
        .bind(2_i64)
        .fetch_all(&mut early)
        .await?;

    assert_eq!(
        (seen, later),
        (vec![2], vec![]),
        "position 1 is lost for ever"
    );
    Ok(())
}

/// The same interleaving on the log: whoever comes later waits for its position.
#[tokio::test(flavor = "multi_thread")]
async fn g03_nothing_commits_above_a_position_that_is_still_open() -> Result<()> {
    let database = Postgres::shared().await?;
    let node = Node::start(database.connect_options()?).await?;
    let mut other = PgConnection::connect_with(&database.connect_options()?).await?;
    let mut open = other.begin().await?;
    sqlx::query("select lock_log()").execute(&mut *open).await?;

    let mut pending = Box::pin(node.writer.try_append(one("one", 0))?);
    let waits = "select count(*) from pg_locks where locktype = 'advisory' and not granted";
    let pool = node.log.pool();
    soon(async || {
        sqlx::query_scalar::<_, i64>(waits)
            .fetch_one(pool)
            .await
            .ok()
            == Some(1)
    })
    .await;
    assert!(futures_util::poll!(&mut pending).is_pending());
    assert_eq!(node.log.database_head().await?.get(), 0);

    open.commit().await?;
    pending.await?;
    assert_eq!(node.log.database_head().await?.get(), 1);
    Ok(())
}
