//! Reading: by position, by stream, by id, by time; the ring and the alarm.

use anyhow::Result;
use chrono::TimeDelta;
use pantheon::clock::Clock;
use pantheon_events::{EventId, Position, Sequence};
use pantheon_harness::{Postgres, soon};
use pantheon_log::{Log, LogOptions, ReadError};
use sqlx::PgPool;

use super::node::{Node, event_id, one};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_new_comes_from_the_ring_and_what_is_old_from_postgres() -> Result<()> {
    let database = Postgres::shared().await?;
    let before = Node::start(database.connect_options()?).await?;
    for i in 0..10 {
        before.writer.append(one("one", i)).await?;
    }
    before.reached(Position::new(10)).await?;
    assert!(before.log.read(Position::new(3), 100).await?.live);

    let after = Node::start(database.connect_options()?).await?;
    let old = after.log.read(Position::new(3), 4).await?;
    let positions: Vec<_> = old
        .events
        .iter()
        .map(|event| event.position.get())
        .collect();
    assert_eq!(positions, [4, 5, 6, 7]);
    assert!(!old.live, "it was there before this node");
    assert_eq!(old.head, Position::new(10));

    // Another node's commit comes in without a hint.
    before.writer.append(one("one", 10)).await?;
    after.reached(Position::new(11)).await?;
    let new = after.log.read(Position::new(10), 100).await?;
    assert!(new.live);
    assert_eq!(new.events.len(), 1);
    assert!(
        after
            .log
            .read(Position::new(11), 100)
            .await?
            .events
            .is_empty()
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_found_by_position_by_id_and_by_stream() -> Result<()> {
    let database = Postgres::shared().await?;
    let node = Node::start(database.connect_options()?).await?;
    let first = one("a", 0);
    node.writer.append(first.clone()).await?;
    node.writer.append(one("b", 0)).await?;
    node.writer.append(one("a", 1)).await?;
    let log = &node.log;

    let by_id = log
        .event_by_id(event_id(&first))
        .await?
        .expect("it was appended");
    assert_eq!(by_id.position, Position::new(1));
    assert_eq!(by_id.payload.get(), r#"{"cpu": 0.5}"#, "byte for byte");
    assert_eq!(by_id.command_id, first.command_id);
    assert!(log.event_by_id(EventId::generate()).await?.is_none());
    assert_eq!(
        log.event_at(Position::new(2))
            .await?
            .expect("there")
            .aggregate_id,
        "b"
    );
    assert!(log.event_at(Position::new(4)).await?.is_none());
    assert!(log.event_at(Position::ZERO).await?.is_none());
    let stream = log.stream("probe", "a", Sequence::ZERO, 10).await?;
    let positions: Vec<_> = stream.iter().map(|event| event.position.get()).collect();
    assert_eq!(positions, [1, 3]);
    assert_eq!(
        log.stream("probe", "a", Sequence::new(1), 10).await?.len(),
        1
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moment_has_a_position() -> Result<()> {
    let database = Postgres::shared().await?;
    let node = Node::start(database.connect_options()?).await?;
    let begin = Clock::system().now() - TimeDelta::days(1);
    assert_eq!(node.log.position_at(begin).await?, Position::ZERO);
    for i in 0..20 {
        node.writer.append(one("one", i)).await?;
    }
    for event in node.everything().await? {
        // Two events of one batch have one time; the last of them is meant.
        let at = node.log.position_at(event.recorded_at).await?;
        assert!(at >= event.position);
        let just_before = event.recorded_at - TimeDelta::microseconds(1);
        assert!(node.log.position_at(just_before).await? < event.position);
    }
    assert_eq!(
        node.log
            .position_at(Clock::system().now() + TimeDelta::days(1))
            .await?,
        Position::new(20)
    );
    assert_eq!(node.log.position_at(begin).await?, Position::ZERO);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ring_goes_on_after_postgres_was_away() -> Result<()> {
    let mut postgres = Postgres::own().await?;
    let database = postgres.database().await?;
    let node = Node::start(database.connect_options()?).await?;
    node.writer.append(one("one", 0)).await?;
    node.reached(Position::new(1)).await?;
    postgres.kill9().await;
    assert_eq!(node.log.read(Position::ZERO, 10).await?.events.len(), 1);
    postgres.restart().await?;
    node.insist(one("one", 1)).await?;
    node.reached(Position::new(2)).await?;
    assert_eq!(node.log.read(Position::ZERO, 10).await?.events.len(), 2);
    assert_eq!(node.log.integrity_violations(), 0);
    Ok(())
}

/// Somebody with the rights of the database's owner writes past the append function.
async fn insert_at(pool: &PgPool, position: i64) -> Result<()> {
    let copy = "insert into events select $1, aggregate_type, 'forged', 1, event_type, \
                event_version, payload, metadata, gen_random_uuid(), command_id, recorded_at \
                from events where position = 1";
    sqlx::query(copy).bind(position).execute(pool).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g03_a_hole_raises_the_alarm_once_and_stops_the_reader_there() -> Result<()> {
    let database = Postgres::shared().await?;
    let node = Node::start(database.connect_options()?).await?;
    node.writer.append(one("one", 0)).await?;
    node.reached(Position::new(1)).await?;
    insert_at(node.log.pool(), 3).await?;
    soon(async || node.log.integrity_violations() > 0).await;
    assert_eq!(node.log.integrity_violations(), 1);
    assert_eq!(
        node.log.head(),
        Position::new(1),
        "the head stays before the hole"
    );

    let late = Log::open(node.log.pool().clone(), LogOptions::default()).await?;
    let first = late.read(Position::ZERO, 1).await?;
    assert_eq!(first.events.len(), 1);
    let error = late
        .read(Position::new(1), 10)
        .await
        .expect_err("position 2 is missing");
    assert!(
        matches!(error, ReadError::Integrity { expected, found }
            if (expected.get(), found.get()) == (2, 3)),
        "{error}"
    );
    assert_eq!(late.integrity_violations(), 1);
    Ok(())
}
