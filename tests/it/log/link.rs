//! G1, G2, G11 when the link to Postgres breaks: the outcome is unknown for a while, never wrong.

use std::time::Duration;

use anyhow::Result;
use futures_util::future::join_all;
use pantheon_harness::{Database, Fault, Postgres, Proxy, soon};
use pantheon_log::{Append, AppendError, Verdict, WriterOptions};

use super::node::{Node, one};

/// A node that writes through a proxy, its connection made.
async fn behind_proxy(database: &Database, options: WriterOptions) -> Result<(Node, Proxy)> {
    let direct = database.connect_options()?;
    let proxy = Proxy::to_port(direct.get_port()).await?;
    let through = direct.clone().host("127.0.0.1").port(proxy.port());
    let node = Node::with(direct, through, options).await?;
    node.writer.append(one("first", 0)).await?;
    Ok((node, proxy))
}

fn batch() -> Vec<Append> {
    (0..10).map(|i| one("stream", i)).collect()
}

/// Ten commands on one stream, one behind the other, and what each was answered.
async fn send(node: &Node, commands: &[Append]) -> Result<Vec<Result<Verdict, AppendError>>> {
    let pending: Vec<_> = commands
        .iter()
        .map(|command| node.writer.try_append(command.clone()))
        .collect::<Result<_, _>>()?;
    Ok(join_all(pending).await)
}

async fn each_has_one_effect(node: &Node, verdicts: &[Result<Verdict, AppendError>]) -> Result<()> {
    for (i, verdict) in verdicts.iter().enumerate() {
        let Ok(Verdict::Recorded(recorded) | Verdict::Duplicate(recorded)) = verdict else {
            panic!("{i}: {verdict:?}");
        };
        assert_eq!(recorded.position.get(), i as i64 + 2, "queue order");
    }
    assert_eq!(node.everything().await?.len(), verdicts.len() + 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_is_lost_leaves_one_effect() -> Result<()> {
    let database = Postgres::shared().await?;
    let (node, proxy) = behind_proxy(&database, WriterOptions::default()).await?;
    proxy.set(Fault::CutBeforeReply);
    let verdicts = send(&node, &batch()).await?;
    proxy.happened().await;
    assert!(
        verdicts
            .iter()
            .any(|verdict| matches!(verdict, Ok(Verdict::Duplicate(_)))),
        "the batch that had committed was sent again: {verdicts:?}"
    );
    each_has_one_effect(&node, &verdicts).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_cut_short_leaves_one_effect() -> Result<()> {
    let database = Postgres::shared().await?;
    for bytes in [1, 100, 400] {
        let (node, proxy) = behind_proxy(&database, WriterOptions::default()).await?;
        let before = node.log.database_head().await?;
        proxy.set(Fault::CutAfter(bytes));
        let verdict = node.writer.append(one(&format!("cut-{bytes}"), 0)).await?;
        proxy.happened().await;
        let (Verdict::Recorded(recorded) | Verdict::Duplicate(recorded)) = verdict else {
            panic!("{verdict:?}");
        };
        assert_eq!(recorded.position, before.next());
        assert_eq!(node.log.database_head().await?, before.next());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_open_link_is_answered_unavailable_and_settled_later() -> Result<()> {
    let database = Postgres::shared().await?;
    let patience = Duration::from_millis(300);
    let options = WriterOptions {
        patience,
        ..WriterOptions::default()
    };
    let (node, proxy) = behind_proxy(&database, options).await?;
    proxy.set(Fault::Stall);
    let commands = batch();
    for verdict in send(&node, &commands).await? {
        assert!(
            matches!(verdict, Err(AppendError::Unavailable)),
            "{verdict:?}"
        );
    }
    proxy.cut();
    proxy.heal();
    // Callers repeat what they were not answered; whatever had gone out already has its effect.
    let mut verdicts = Vec::new();
    for command in commands {
        verdicts.push(Ok(Verdict::Recorded(node.insist(command).await?)));
    }
    each_has_one_effect(&node, &verdicts).await
}

#[tokio::test(flavor = "multi_thread")]
async fn g11_a_full_queue_refuses_at_once() -> Result<()> {
    let database = Postgres::shared().await?;
    let options = WriterOptions {
        queue: 5,
        batch_events: 1,
        ..WriterOptions::default()
    };
    let (node, proxy) = behind_proxy(&database, options).await?;
    proxy.set(Fault::Stall);
    let mut waiting = vec![node.writer.try_append(one("stream", 0))?];
    let mut next = 1;
    // One command is on its way, five wait.
    let overloaded = soon(async || match node.writer.try_append(one("stream", next)) {
        Ok(pending) => {
            waiting.push(pending);
            next += 1;
            None
        }
        Err(error) => Some(error),
    })
    .await;
    assert!(
        matches!(overloaded, AppendError::Overloaded { .. }),
        "{overloaded}"
    );
    assert!((5..=6).contains(&waiting.len()), "{}", waiting.len());
    proxy.heal();
    for verdict in join_all(waiting).await {
        assert!(matches!(verdict, Ok(Verdict::Recorded(_))), "{verdict:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_commits_what_waits_and_takes_nothing_more() -> Result<()> {
    let database = Postgres::shared().await?;
    let node = Node::start(database.connect_options()?).await?;
    let pending: Vec<_> = (0..100)
        .map(|i| node.writer.try_append(one("stream", i)))
        .collect::<Result<_, _>>()?;
    node.stop.cancel();
    for verdict in join_all(pending).await {
        assert!(matches!(verdict, Ok(Verdict::Recorded(_))), "{verdict:?}");
    }
    soon(async || {
        matches!(
            node.writer.try_append(one("late", 0)),
            Err(AppendError::ShuttingDown)
        )
    })
    .await;
    Ok(())
}
