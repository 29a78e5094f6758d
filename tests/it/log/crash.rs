//! G1: what was answered survives.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Result;
use pantheon_harness::{Postgres, eventually};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::node::{Node, event_id, one};

const CALLERS: usize = 16;
const KILLS: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn g01_nothing_acknowledged_is_lost_when_postgres_is_killed_under_load() -> Result<()> {
    let mut postgres = Postgres::own().await?;
    let database = postgres.database().await?;
    let node = Arc::new(Node::start(database.connect_options()?).await?);
    let answered = Arc::new(AtomicUsize::new(0));
    let enough = CancellationToken::new();
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let (node, answered, enough) = (node.clone(), answered.clone(), enough.clone());
        callers.spawn(async move {
            let mut mine = Vec::new();
            while !enough.is_cancelled() {
                let append = one(&format!("stream-{caller}"), mine.len() as i64);
                let recorded = node.insist(append.clone()).await?;
                mine.push((recorded.position, event_id(&append)));
                answered.fetch_add(1, Ordering::Relaxed);
            }
            anyhow::Ok(mine)
        });
    }
    for _ in 0..KILLS {
        let target = answered.load(Ordering::Relaxed) + 300;
        eventually(Duration::from_secs(30), async || {
            answered.load(Ordering::Relaxed) >= target
        })
        .await;
        postgres.kill9().await;
        postgres.restart().await?;
    }
    let target = answered.load(Ordering::Relaxed) + 100;
    eventually(Duration::from_secs(30), async || {
        answered.load(Ordering::Relaxed) >= target
    })
    .await;
    enough.cancel();

    let mut acknowledged = Vec::new();
    while let Some(mine) = callers.join_next().await {
        acknowledged.extend(mine??);
    }
    let log = node.everything().await?;
    assert_eq!(
        log.len(),
        acknowledged.len(),
        "one event for every answered command"
    );
    for (position, id) in acknowledged {
        let index = usize::try_from(position.get() - 1)?;
        assert_eq!(log[index].event_id, id, "at {position}");
    }
    assert_eq!(node.log.integrity_violations(), 0);
    Ok(())
}
