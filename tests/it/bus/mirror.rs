//! The numbered mirror (G5).

use std::sync::Arc;

use futures_util::StreamExt;
use pantheon_events::{Position, RecordedEvent};
use pantheon_nats::{
    LogView, Mirror, MirrorError, Reaction, Seen, Step, Topology, reconcile, topology::STREAM,
};

use super::server::{PATIENCE, Server, event, log, until};

fn p(position: i64) -> Position {
    Position::new(position)
}

async fn mirror(server: &Server, name: &str) -> Mirror {
    Mirror::new(server.bus(name).await, Topology::default())
}

/// One round of a relay: look, decide, publish some. `Err` is a fork.
async fn round(
    mirror: &Mirror,
    log: &[Arc<RecordedEvent>],
    batch: usize,
) -> Result<Position, MirrorError> {
    let seen = mirror.seen().await?;
    let at = seen
        .position()
        .and_then(|p| log.get(usize::try_from(p.get() - 1).ok()?));
    let head = p(i64::try_from(log.len()).expect("a small log"));
    let view = LogView {
        head,
        first: p(1),
        event: at.map(|event| event.event_id),
    };
    let after = match reconcile(seen, view) {
        Step::Continue { after } => after,
        Step::Create { first } => {
            mirror.create(first).await?;
            p(first.get() - 1)
        }
        Step::Recreate { first } => {
            mirror.recreate(first).await?;
            p(first.get() - 1)
        }
        Step::Fork(fork) => return Err(fork.into()),
    };
    let from = usize::try_from(after.get()).expect("positive");
    let events = &log[from..log.len().min(from + batch)];
    if events.is_empty() {
        Ok(after)
    } else {
        mirror.publish(events).await
    }
}

/// A relay: rounds until the mirror holds the whole log.
async fn relay(mirror: &Mirror, log: &[Arc<RecordedEvent>], batch: usize) {
    until("the mirror holds the log", || async {
        match round(mirror, log, batch).await {
            Ok(position) => position == p(i64::try_from(log.len()).expect("small")),
            Err(error) => {
                assert_ne!(error.reaction(), Reaction::Stop, "{error}");
                false
            }
        }
    })
    .await;
}

/// The stream's event ids by position, read message by message; panics at a hole.
async fn contents(mirror_bus: &pantheon_nats::Bus, first: i64, count: usize) -> Vec<String> {
    let js = async_nats::jetstream::new(mirror_bus.client().clone());
    let stream = js.get_stream(STREAM).await.expect("the stream");
    let info = stream.cached_info().state.clone();
    assert_eq!(info.messages, u64::try_from(count).expect("small"));
    let consumer = stream
        .create_consumer(async_nats::jetstream::consumer::pull::OrderedConfig::default())
        .await
        .expect("a consumer");
    let mut messages = consumer.messages().await.expect("messages").take(count);
    let mut ids = Vec::new();
    while let Some(message) = messages.next().await {
        let message = message.expect("a message");
        let sequence = message.info().expect("its place").stream_sequence;
        assert_eq!(
            sequence,
            u64::try_from(first).expect("positive") + ids.len() as u64
        );
        let event: serde_json::Value = serde_json::from_slice(&message.payload).expect("JSON");
        assert_eq!(event["position"], sequence.to_string());
        ids.push(event["id"].as_str().expect("an id").to_owned());
    }
    ids
}

fn ids(log: &[Arc<RecordedEvent>]) -> Vec<String> {
    log.iter().map(|event| event.event_id.to_string()).collect()
}

#[tokio::test]
async fn the_streams_sequence_is_the_logs_position() {
    let server = Server::start().await;
    let mirror = mirror(&server, "node").await;
    let log = log(30);
    assert_eq!(mirror.seen().await, Ok(Seen::Missing));
    assert_eq!(mirror.ensure(p(11)).await, Ok(Seen::Empty { next: p(11) }));
    assert_eq!(mirror.seen().await, Ok(Seen::Empty { next: p(11) }));
    assert_eq!(mirror.publish(&log[10..]).await, Ok(p(30)));
    assert_eq!(mirror.last().await, Ok(Some((p(30), log[29].event_id))));
    assert_eq!(
        contents(&server.bus("reader").await, 11, 20).await,
        ids(&log[10..])
    );
    assert!(matches!(mirror.ensure(p(1)).await, Ok(Seen::Last { .. })));
}

#[tokio::test]
async fn g05_a_wiped_store_is_refilled() {
    let mut server = Server::start().await;
    let mirror = mirror(&server, "node").await;
    let log = log(5_000);
    relay(&mirror, &log[..3_000], 1_000).await;
    server.wiped().await;
    relay(&mirror, &log, 1_000).await;
    assert_eq!(
        contents(&server.bus("reader").await, 1, 5_000).await,
        ids(&log)
    );
}

#[tokio::test]
async fn a_killed_server_is_caught_up_with_when_it_is_back() {
    let mut server = Server::start().await;
    let mirror = mirror(&server, "node").await;
    let log = log(4_000);
    for part in 1..=4 {
        relay(&mirror, &log[..part * 1_000], 250).await;
        server.nats.kill9().await;
        assert!(mirror.publish(&log[..1]).await.is_err());
        server.nats.restart().await.expect("back");
    }
    relay(&mirror, &log, 250).await;
    assert_eq!(
        contents(&server.bus("reader").await, 1, 4_000).await,
        ids(&log)
    );
}

#[tokio::test]
async fn two_relays_at_once_leave_no_duplicate_and_no_hole() {
    let server = Server::start().await;
    let (one, two) = (mirror(&server, "one").await, mirror(&server, "two").await);
    let log = log(6_000);
    tokio::join!(relay(&one, &log, 700), relay(&two, &log, 300));
    assert_eq!(
        contents(&server.bus("reader").await, 1, 6_000).await,
        ids(&log)
    );
}

#[tokio::test]
async fn a_relay_with_a_stale_cursor_rereads_and_goes_on() {
    let server = Server::start().await;
    let mirror = mirror(&server, "node").await;
    let log = log(40);
    mirror.ensure(p(1)).await.expect("made");
    mirror.publish(&log[..10]).await.expect("stored");
    // Ahead of the stream: nothing may land.
    let error = mirror.publish(&log[20..]).await.expect_err("a hole");
    assert!(
        matches!(error, MirrorError::WrongLastSequence { .. }),
        "{error}"
    );
    assert_eq!(error.reaction(), Reaction::Reread);
    assert_eq!(mirror.last().await, Ok(Some((p(10), log[9].event_id))));
    // Behind it, be it the same events or others: nothing may land either.
    for behind in [vec![event(p(5), "{}")], log[5..10].to_vec()] {
        let error = mirror.publish(&behind).await.expect_err("taken");
        assert!(
            matches!(error, MirrorError::WrongLastSequence { .. }),
            "{error}"
        );
    }
    relay(&mirror, &log, 100).await;
    assert_eq!(
        contents(&server.bus("reader").await, 1, 40).await,
        ids(&log)
    );
}

#[tokio::test]
async fn a_fork_is_found_and_ends_with_a_rebuild() {
    let server = Server::start().await;
    let mirror = mirror(&server, "node").await;
    relay(&mirror, &log(20), 100).await;
    let other = log(20);
    let fork = round(&mirror, &other, 100)
        .await
        .expect_err("another history");
    assert_eq!(fork.reaction(), Reaction::Stop);
    assert!(fork.to_string().contains("bus rebuild"), "{fork}");
    let ahead = round(&mirror, &other[..5], 100)
        .await
        .expect_err("ahead of the log");
    assert_eq!(ahead.reaction(), Reaction::Stop);
    mirror.delete().await.expect("deleted");
    mirror.delete().await.expect("gone is gone");
    relay(&mirror, &other, 100).await;
    assert_eq!(
        contents(&server.bus("reader").await, 1, 20).await,
        ids(&other)
    );
}

#[tokio::test]
async fn a_deleted_stream_is_noticed_in_mid_publish() {
    let server = Server::start().await;
    let mirror = mirror(&server, "node").await;
    let log = log(20);
    relay(&mirror, &log[..10], 100).await;
    let js = async_nats::jetstream::new(mirror_bus(&server).await.client().clone());
    js.delete_stream(STREAM).await.expect("deleted");
    let error = mirror.publish(&log[10..]).await.expect_err("gone");
    assert_eq!(
        (&error, error.reaction()),
        (&MirrorError::Missing, Reaction::Reread)
    );
    relay(&mirror, &log, 100).await;
}

async fn mirror_bus(server: &Server) -> pantheon_nats::Bus {
    server.bus("other").await
}

/// What a relay saw before it was held up is old: others have made and filled the stream meanwhile.
#[tokio::test]
async fn a_stale_look_destroys_nothing() {
    let server = Server::start().await;
    let mirror = mirror(&server, "node").await;
    let log = log(20);
    relay(&mirror, &log, 100).await;
    let js = async_nats::jetstream::new(mirror_bus(&server).await.client().clone());
    let stream = js.get_stream(STREAM).await.expect("the stream");
    let durable = async_nats::jetstream::consumer::pull::Config {
        durable_name: Some("others".to_owned()),
        ..Default::default()
    };
    stream.create_consumer(durable).await.expect("a consumer");
    assert_eq!(mirror.recreate(p(1)).await, Err(MirrorError::Exists));
    assert_eq!(mirror.create(p(7)).await, Err(MirrorError::Exists));
    assert_eq!(mirror.create(p(1)).await, Ok(()), "the same is there");
    assert_eq!(mirror.last().await, Ok(Some((p(20), log[19].event_id))));
    let kept = stream.get_consumer::<async_nats::jetstream::consumer::pull::Config>("others");
    assert!(kept.await.is_ok());
}

/// The last block is lost: the server counts a message that it cannot give.
#[tokio::test]
async fn a_last_message_that_cannot_be_read_is_a_fork_and_not_waited_for() {
    let server = Server::start().await;
    let mirror = mirror(&server, "node").await;
    let log = log(3);
    let js = async_nats::jetstream::new(mirror_bus(&server).await.client().clone());
    let config = async_nats::jetstream::stream::Config {
        deny_delete: false,
        ..Topology::default().stream(p(1))
    };
    let stream = js.create_stream(config).await.expect("made");
    mirror.publish(&log).await.expect("stored");
    stream.delete_message(3).await.expect("deleted");
    let seen = Seen::Last {
        position: p(3),
        event: None,
    };
    assert_eq!(mirror.seen().await, Ok(seen));
    let fork = round(&mirror, &log, 100).await.expect_err("damaged");
    assert_eq!(fork.reaction(), Reaction::Stop);
}

#[tokio::test]
async fn single_messages_cannot_be_taken_out_of_the_stream() {
    let server = Server::start().await;
    let mirror = mirror(&server, "node").await;
    relay(&mirror, &log(5), 100).await;
    let js = async_nats::jetstream::new(mirror_bus(&server).await.client().clone());
    let stream = js.get_stream(STREAM).await.expect("the stream");
    assert!(stream.delete_message(3).await.is_err());
    assert!(stream.purge().await.is_err());
}

#[tokio::test]
async fn the_largest_event_fits() {
    let server = Server::start().await;
    let mirror = mirror(&server, "node").await;
    mirror.ensure(p(1)).await.expect("made");
    let payload = format!("{{\"log\":\"{}\"}}", "x".repeat(1024 * 1024));
    assert_eq!(mirror.publish(&[event(p(1), &payload)]).await, Ok(p(1)));
}

#[tokio::test]
async fn changed_limits_reach_an_existing_stream() {
    let server = Server::start().await;
    let mirror = mirror(&server, "node").await;
    relay(&mirror, &log(5), 100).await;
    let topology = Topology {
        max_age: std::time::Duration::from_secs(60),
        ..Topology::default()
    };
    let second = Mirror::new(mirror_bus(&server).await, topology);
    second.ensure(p(1)).await.expect("updated");
    let js = async_nats::jetstream::new(mirror_bus(&server).await.client().clone());
    let stream = js.get_stream(STREAM).await.expect("the stream");
    assert_eq!(stream.cached_info().config.max_age.as_secs(), 60);
    assert_eq!(
        mirror.last().await.expect("read").expect("a message").0,
        p(5)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement: run it alone, in release"]
async fn how_fast_the_mirror_fills() {
    let server = Server::start().await;
    let mirror = mirror(&server, "node").await;
    mirror.ensure(p(1)).await.expect("made");
    let log = log(200_000);
    for event in &log {
        event.cloud_event();
    }
    let started = std::time::Instant::now();
    for batch in log.chunks(5_000) {
        mirror.publish(batch).await.expect("stored");
    }
    let taken = started.elapsed();
    assert!(taken < PATIENCE);
    eprintln!("{:.0} events/s", 200_000.0 / taken.as_secs_f64());
}
