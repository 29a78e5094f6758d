//! G2 and G9: races for one command id, and for one stream.

use std::sync::Arc;

use anyhow::Result;
use futures_util::future::join_all;
use pantheon_events::{CommandId, Sequence};
use pantheon_harness::Postgres;
use pantheon_log::{AppendError, Outcome, Verdict};
use tokio::task::JoinSet;

use super::node::{Node, decided, event, event_id, one, refused};

#[tokio::test(flavor = "multi_thread")]
async fn g02_racers_with_one_command_id_on_two_nodes_have_one_effect() -> Result<()> {
    let database = Postgres::shared().await?;
    let first = Node::start(database.connect_options()?).await?;
    let second = Node::start(database.connect_options()?).await?;
    for round in 0..50 {
        let command = one(&format!("stream-{round}"), 0);
        let racers = (0..8).map(|racer| {
            let mut again = command.clone();
            again.outcome = one("x", 0).outcome; // Every racer decided for itself: other event ids.
            let node = if racer % 2 == 0 { &first } else { &second };
            async move { node.writer.append(again).await }
        });
        let verdicts: Vec<Verdict> = join_all(racers)
            .await
            .into_iter()
            .collect::<Result<_, _>>()?;
        let recorded: Vec<_> = verdicts
            .iter()
            .filter_map(|verdict| match verdict {
                Verdict::Recorded(recorded) => Some(recorded),
                _ => None,
            })
            .collect();
        assert_eq!(recorded.len(), 1, "{verdicts:?}");
        let duplicates = verdicts
            .iter()
            .filter(|verdict| **verdict == Verdict::Duplicate(recorded[0].clone()))
            .count();
        assert_eq!(duplicates, 7, "{verdicts:?}");
    }
    assert_eq!(first.log.database_head().await?.get(), 50);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g02_the_same_id_with_another_body_is_refused() -> Result<()> {
    let database = Postgres::shared().await?;
    let node = Node::start(database.connect_options()?).await?;
    let command = one("one", 0);
    let mut other = command.clone();
    other.fingerprint = [2; 32];
    // Both in one batch, then the other alone.
    let both = [
        node.writer.try_append(command)?,
        node.writer.try_append(other.clone())?,
    ];
    let both = join_all(both).await;
    assert!(matches!(both[0], Ok(Verdict::Recorded(_))), "{both:?}");
    assert!(matches!(both[1], Ok(Verdict::Mismatch)), "{both:?}");
    assert_eq!(node.writer.append(other).await?, Verdict::Mismatch);
    assert_eq!(node.log.database_head().await?.get(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g02_refusals_and_no_ops_are_answered_again_as_well() -> Result<()> {
    let database = Postgres::shared().await?;
    let node = Node::start(database.connect_options()?).await?;
    let no_op = |stream| decided(stream, 1, Outcome::Accepted(Vec::new()));
    for (stream, command) in [("one", refused("one", 1)), ("two", no_op("two"))] {
        node.writer.append(one(stream, 0)).await?;
        let last = node.log.database_head().await?;
        node.writer
            .append(one(&format!("beside {stream}"), 0))
            .await?;
        let Verdict::Recorded(first) = node.writer.append(command.clone()).await? else {
            panic!("a new command is recorded");
        };
        assert_eq!(first.sequence.get(), 1, "the stream has not moved");
        assert_eq!(first.position, last, "and stands where it stood");
        assert_eq!(
            first.refusal.is_some(),
            matches!(command.outcome, Outcome::Rejected(_))
        );
        // The stream moves on; the answer stays.
        node.writer.append(one(stream, 1)).await?;
        let again = node.writer.append(command.clone()).await?;
        assert_eq!(again, Verdict::Duplicate(first.clone()));
        let kept = node.writer.lookup(command.command_id).await?;
        assert_eq!(kept, Some((first, command.fingerprint)));
    }
    assert_eq!(node.writer.lookup(CommandId::generate()).await?, None);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_op_stands_at_its_stream_s_last_event_also_inside_a_batch() -> Result<()> {
    let database = Postgres::shared().await?;
    let node = Node::start(database.connect_options()?).await?;
    let nothing = |stream, at| decided(stream, at, Outcome::Accepted(Vec::new()));
    let batch = [
        one("one", 0),
        one("two", 0),
        nothing("one", 1),
        one("one", 1),
        nothing("one", 2),
        nothing("two", 1),
        nothing("none", 0),
    ];
    let waiting = batch.map(|command| node.writer.try_append(command));
    let waiting: Vec<_> = waiting.into_iter().collect::<Result<_, _>>()?;
    let mut positions = Vec::new();
    for verdict in join_all(waiting).await {
        let Verdict::Recorded(recorded) = verdict? else {
            panic!("a new command is recorded");
        };
        positions.push(recorded.position.get());
    }
    assert_eq!(positions, [1, 2, 1, 3, 3, 2, 3]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g09_what_was_decided_on_an_old_sequence_never_commits() -> Result<()> {
    let database = Postgres::shared().await?;
    let node = Node::start(database.connect_options()?).await?;
    node.writer.append(one("one", 0)).await?;
    let actual = Verdict::Conflict {
        actual: Sequence::new(1),
    };
    let stale = [
        one("one", 0),
        one("one", 2),
        refused("one", 0),
        decided("one", 0, Outcome::Accepted(Vec::new())),
    ];
    for command in stale {
        assert_eq!(
            node.writer.append(command.clone()).await?,
            actual,
            "{command:?}"
        );
        assert_eq!(node.writer.lookup(command.command_id).await?, None);
    }
    // One batch: the second builds on the first's two events, the third on a state that is gone.
    let two = decided("one", 1, Outcome::Accepted(vec![event("{}"), event("{}")]));
    let batch = [two, one("one", 3), one("one", 3)];
    let pending: Vec<_> = batch
        .into_iter()
        .map(|command| node.writer.try_append(command))
        .collect::<Result<_, _>>()?;
    let verdicts = join_all(pending)
        .await
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?;
    assert!(matches!(verdicts[0], Verdict::Recorded(_)), "{verdicts:?}");
    assert!(matches!(verdicts[1], Verdict::Recorded(_)), "{verdicts:?}");
    assert_eq!(
        verdicts[2],
        Verdict::Conflict {
            actual: Sequence::new(4)
        }
    );
    Ok(())
}

/// This node decided one command on top of the other; meanwhile another node appended as many
/// events as the first would have.
#[tokio::test(flavor = "multi_thread")]
async fn g09_what_was_decided_on_an_event_that_never_came_does_not_commit() -> Result<()> {
    let database = Postgres::shared().await?;
    let node = Node::start(database.connect_options()?).await?;
    node.writer.append(one("one", 0)).await?;
    node.writer.append(one("one", 1)).await?;
    let ghost = one("one", 1);
    let mut on_top = one("one", 2);
    on_top.base = Some(event_id(&ghost));
    let conflict = Verdict::Conflict {
        actual: Sequence::new(2),
    };
    // In one batch with the ghost, and later.
    let both = [
        node.writer.try_append(ghost)?,
        node.writer.try_append(on_top.clone())?,
    ];
    for verdict in join_all(both).await {
        assert_eq!(verdict?, conflict);
    }
    assert_eq!(node.writer.append(on_top).await?, conflict);

    let first = one("one", 2);
    let mut second = one("one", 3);
    second.base = Some(event_id(&first));
    let mut third = one("one", 4);
    third.base = Some(event_id(&second));
    let both = [
        node.writer.try_append(first)?,
        node.writer.try_append(second)?,
    ];
    for verdict in join_all(both).await {
        assert!(matches!(verdict, Ok(Verdict::Recorded(_))), "{verdict:?}");
    }
    let verdict = node.writer.append(third).await?;
    assert!(matches!(verdict, Verdict::Recorded(_)), "{verdict:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g09_two_nodes_on_one_stream_leave_no_hole_and_no_double_sequence() -> Result<()> {
    let database = Postgres::shared().await?;
    let mut nodes = Vec::new();
    for _ in 0..2 {
        nodes.push(Arc::new(Node::start(database.connect_options()?).await?));
    }
    let mut callers = JoinSet::new();
    for caller in 0..8 {
        let node = nodes[caller % 2].clone();
        callers.spawn(async move {
            for _ in 0..50 {
                node.insist(one("hot", 0)).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = callers.join_next().await {
        done??;
    }
    let stream = nodes[0]
        .log
        .stream("probe", "hot", Sequence::ZERO, 1_000)
        .await?;
    assert_eq!(stream.len(), 400);
    assert_eq!(nodes[1].everything().await?.len(), 400);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_data_are_refused_for_their_own_caller_only() -> Result<()> {
    let database = Postgres::shared().await?;
    let node = Node::start(database.connect_options()?).await?;
    let pending: Vec<_> = (0..20)
        .map(|i| {
            let payload = if i == 13 { "{ no json" } else { "{}" };
            node.writer
                .try_append(super::node::with_payload(&format!("s{i}"), 0, payload))
        })
        .collect::<Result<_, _>>()?;
    for (i, verdict) in join_all(pending).await.into_iter().enumerate() {
        match verdict {
            Err(AppendError::Refused(_)) => assert_eq!(i, 13),
            Ok(Verdict::Recorded(recorded)) => {
                let before = i64::from(i > 13);
                assert_eq!(
                    recorded.position.get(),
                    i as i64 + 1 - before,
                    "queue order"
                );
            }
            other => panic!("{i}: {other:?}"),
        }
    }
    Ok(())
}
