//! What a node's writer hands to its tail instead of having it read.

use anyhow::Result;
use pantheon_events::Position;
use pantheon_harness::Postgres;
use pantheon_log::{Outcome, Verdict};

use super::node::{Node, decided, event, one, refused};

#[tokio::test(flavor = "multi_thread")]
async fn what_the_writer_hands_over_is_what_postgres_holds() -> Result<()> {
    let database = Postgres::shared().await?;
    let node = Node::start(database.connect_options()?).await?;
    let payload = r#"{ "cpu" : 0.10,  "name": "Zoë \u00e9\n", "big": 12345678901234567890 }"#;
    let two = Outcome::Accepted(vec![event(payload), event("[]")]);
    let commands = [
        one("a", 0),
        decided("b", 0, two),
        refused("a", 1),
        decided("a", 1, Outcome::Accepted(vec![])),
        one("a", 1),
    ];
    // All in the queue before the first is answered: they share a batch or two.
    let pending: Vec<_> = commands
        .into_iter()
        .map(|command| node.writer.try_append(command))
        .collect::<Result<_, _>>()?;
    for pending in pending {
        assert!(matches!(pending.await?, Verdict::Recorded(_)));
    }
    node.reached(Position::new(4)).await?;
    let here = node.log.read(Position::ZERO, 10).await?;
    assert!(here.live, "they are in the ring");

    let other = Node::start(database.connect_options()?).await?;
    let stored = other.log.read(Position::ZERO, 10).await?;
    assert!(!stored.live, "they were there before this node");
    assert_eq!(here.events.len(), 4);
    for (here, stored) in here.events.iter().zip(&stored.events) {
        assert_eq!(here.cloud_event(), stored.cloud_event());
        // Both hold their encoded form by now; every other field is compared with it.
        assert_eq!(format!("{here:?}"), format!("{stored:?}"));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g03_what_two_writers_hand_over_reaches_each_node_whole_and_in_order() -> Result<()> {
    const EACH: i64 = 300;
    let database = Postgres::shared().await?;
    let nodes = [
        Node::start(database.connect_options()?).await?,
        Node::start(database.connect_options()?).await?,
    ];
    for i in 0..EACH {
        // Now one is first, now the other; each hands over what does not follow its own head.
        let (left, right) = (
            nodes[0].writer.append(one("left", i)),
            nodes[1].writer.append(one("right", i)),
        );
        let both = tokio::try_join!(left, right)?;
        assert!(matches!(both, (Verdict::Recorded(_), Verdict::Recorded(_))));
    }
    for node in &nodes {
        let all = node.everything().await?;
        assert_eq!(all.len(), usize::try_from(2 * EACH)?);
        assert_eq!(node.log.integrity_violations(), 0);
        let sequences = |stream: &str| -> Vec<i64> {
            let own = all.iter().filter(|event| event.aggregate_id == stream);
            own.map(|event| event.sequence.get()).collect()
        };
        assert_eq!(sequences("left"), (1..=EACH).collect::<Vec<_>>());
        assert_eq!(sequences("right"), (1..=EACH).collect::<Vec<_>>());
    }
    Ok(())
}
