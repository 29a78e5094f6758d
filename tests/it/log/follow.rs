//! The loop of every follower.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use pantheon_events::{Position, RecordedEvent};
use pantheon_harness::{Postgres, soon};
use pantheon_log::{FollowError, Follower, FollowerState, Health, follow};

use super::node::{Node, one};

/// Keeps what it is given, and fails as it is told.
#[derive(Clone, Default)]
struct Keeper {
    kept: Arc<Mutex<Vec<i64>>>,
    failures: Arc<Mutex<VecDeque<FollowError>>>,
}

impl Keeper {
    fn kept(&self) -> Vec<i64> {
        self.kept.lock().expect("no test panics with it").clone()
    }

    fn fail_next(&self, error: FollowError) {
        self.failures
            .lock()
            .expect("no test panics with it")
            .push_back(error);
    }
}

impl Follower for Keeper {
    fn name(&self) -> &str {
        "keeper"
    }

    async fn position(&mut self) -> Result<Position, FollowError> {
        Ok(Position::new(
            self.kept().last().copied().unwrap_or_default(),
        ))
    }

    async fn handle(&mut self, events: &[Arc<RecordedEvent>]) -> Result<Position, FollowError> {
        // The first of a batch is done before the failure: it must not come again.
        let error = self
            .failures
            .lock()
            .expect("no test panics with it")
            .pop_front();
        let done = if error.is_some() { 1 } else { events.len() };
        let mut kept = self.kept.lock().expect("no test panics with it");
        kept.extend(events[..done].iter().map(|event| event.position.get()));
        match error {
            Some(error) => Err(error),
            None => Ok(Position::new(kept.last().copied().unwrap_or_default())),
        }
    }
}

async fn append(node: &Node, from: i64, count: i64) -> Result<()> {
    for i in from..from + count {
        node.writer.append(one("one", i)).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g04_a_follower_gets_every_event_once_and_in_order_through_errors() -> Result<()> {
    let database = Postgres::shared().await?;
    let node = Node::start(database.connect_options()?).await?;
    append(&node, 0, 20).await?;
    let keeper = Keeper::default();
    keeper.fail_next(FollowError::Retry("the sink is away".to_owned()));
    keeper.fail_next(FollowError::Retry("still".to_owned()));
    let health = Health::new();
    let status = health.register("keeper");
    let following = follow(
        node.log.clone(),
        keeper.clone(),
        status,
        7,
        node.stop.clone(),
    );
    let following = tokio::spawn(following);
    soon(async || keeper.kept().len() == 20).await;
    append(&node, 20, 20).await?;
    soon(async || keeper.kept().len() == 40).await;
    assert_eq!(keeper.kept(), (1..=40).collect::<Vec<_>>());

    let report = soon(async || health.report(&node.log).pop().filter(|r| r.lag == 0)).await;
    assert_eq!(report.state, FollowerState::Running);
    assert_eq!((report.oldest_age, report.error), (None, None));
    node.stop.cancel();
    following.await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g14_a_halted_follower_says_so_and_goes_on_when_it_is_told_to() -> Result<()> {
    let database = Postgres::shared().await?;
    let node = Node::start(database.connect_options()?).await?;
    let keeper = Keeper::default();
    keeper.fail_next(FollowError::Halt("poison".to_owned()));
    let health = Health::new();
    let status = health.register("keeper");
    tokio::spawn(follow(
        node.log.clone(),
        keeper.clone(),
        status.clone(),
        7,
        node.stop.clone(),
    ));
    append(&node, 0, 5).await?;
    soon(async || status.state() == FollowerState::Halted).await;
    node.reached(Position::new(5)).await?;
    let report = health.report(&node.log).remove(0);
    assert_eq!(report.error.as_deref(), Some("poison"));
    assert!(report.lag > 0);
    let older = report.oldest_age.expect("something is not dealt with");
    soon(async || health.report(&node.log)[0].oldest_age > Some(older)).await;

    status.resume();
    soon(async || keeper.kept().len() == 5).await;
    assert_eq!(keeper.kept(), [1, 2, 3, 4, 5]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_that_stands_beyond_the_log_halts() -> Result<()> {
    let database = Postgres::shared().await?;
    let node = Node::start(database.connect_options()?).await?;
    let keeper = Keeper::default();
    keeper.kept.lock().expect("no test panics with it").push(7);
    let status = Health::new().register("keeper");
    tokio::spawn(follow(
        node.log.clone(),
        keeper.clone(),
        status.clone(),
        7,
        node.stop.clone(),
    ));
    soon(async || status.state() == FollowerState::Halted).await;
    Ok(())
}
