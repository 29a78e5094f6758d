//! G8: a client that returns with its last position misses nothing and repeats nothing.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use pantheon_events::{Actor, Position};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::json;

use super::node::{Node, home};
use super::sse::Stream;
use super::ws::{Client, Heard, positions};

const EVENTS: i64 = 3000;

/// Appends while the test runs; returns when all are committed.
fn append_all(node: &Arc<Node>) -> tokio::task::JoinHandle<()> {
    let node = Arc::clone(node);
    tokio::spawn(async move {
        for _ in 0..EVENTS / 50 {
            let batch = (0..50).map(|_| node.append(home(), "task", "task_created"));
            futures_util::future::join_all(batch).await;
        }
    })
}

/// Appends `count` events of about `bytes` bytes.
pub async fn append_large(node: &Node, count: usize, bytes: usize) {
    let payload = json!({ "text": "x".repeat(bytes) });
    let ids: Vec<_> = (0..count).map(|n| format!("t-{n}")).collect();
    for ids in ids.chunks(50) {
        let batch = ids.iter().map(|id| {
            let stream = ("task", id.as_str(), 0);
            node.append_as(
                Actor::human("root"),
                home(),
                stream,
                "task_created",
                payload.clone(),
            )
        });
        futures_util::future::join_all(batch).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g08_a_websocket_client_cut_and_resumed_at_random_misses_nothing_and_repeats_nothing() {
    let node = Arc::new(Node::start().await);
    let mut random = StdRng::seed_from_u64(8);
    let appended = append_all(&node);
    let mut seen: Vec<i64> = Vec::new();
    while seen.len() < EVENTS as usize {
        let mut client = Client::ready(&node).await;
        let after = seen.last().copied().unwrap_or_default().to_string();
        let subscribed = client.subscribe("all", json!({ "after": after })).await;
        assert_eq!(subscribed["recovered"], "exact");
        for _ in 0..random.random_range(1..6) {
            if seen.len() == EVENTS as usize {
                break;
            }
            let Heard::Frame(frame) = client.hear().await else {
                break;
            };
            if frame["type"] == "events" {
                seen.extend(positions(&frame));
            }
        }
        // Dropped without a close: whatever was under way is lost to the client.
    }
    appended.await.expect("all are appended");
    assert_eq!(seen, (1..=EVENTS).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g08_an_sse_client_cut_and_resumed_at_random_misses_nothing_and_repeats_nothing() {
    let node = Arc::new(Node::start().await);
    let mut random = StdRng::seed_from_u64(88);
    let appended = append_all(&node);
    let mut seen: Vec<i64> = Vec::new();
    while seen.len() < EVENTS as usize {
        let last = seen.last().copied().unwrap_or_default().to_string();
        let mut stream = Stream::open(&node, "", &node.admin(), Some(&last)).await;
        for _ in 0..random.random_range(1..400) {
            if seen.len() == EVENTS as usize {
                break;
            }
            let event = stream.event().await;
            assert_eq!(event.json()["position"], event.id);
            seen.push(event.id.parse().expect("a position"));
        }
    }
    appended.await.expect("all are appended");
    assert_eq!(seen, (1..=EVENTS).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g08_a_client_that_does_not_read_holds_nobody_back_and_gets_everything_later() {
    // However long the others take, the deaf one is not cut off here.
    let patient = |config: &mut pantheon::live::LiveConfig| {
        config.stall = Duration::from_secs(600);
        config.ping_every = Duration::from_secs(600);
    };
    let node = Node::start_with(patient).await;
    let mut deaf = Client::ready(&node).await;
    deaf.subscribe("all", json!("start")).await;
    let mut quick = Client::ready(&node).await;
    quick.subscribe("all", json!("start")).await;
    let writes = append_large(&node, 1500, 8000);
    let all: Vec<i64> = (1..=1500).collect();
    let (heard, ()) = tokio::join!(quick.positions_to(Position::new(1500)), writes);
    assert_eq!(heard, all, "the others are not held back");

    let (mut seen, mut fell_behind, mut caught_up) = (Vec::new(), 0, 0);
    while seen.len() < all.len() || caught_up < 2 {
        let frame = deaf.frame().await;
        match frame["type"].as_str() {
            Some("events") => seen.extend(positions(&frame)),
            Some("fell_behind") => fell_behind += 1,
            Some("caught_up") => caught_up += 1,
            _ => {}
        }
    }
    assert_eq!(seen, all, "nothing is dropped for the slow one");
    assert!(fell_behind >= 1, "it was told that it fell behind");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_that_takes_no_bytes_is_closed_and_a_slow_one_is_not() {
    let node = Node::start_with(|config| config.stall = Duration::from_secs(2)).await;
    append_large(&node, 1000, 16_000).await;
    let mut stalled = Client::ready(&node).await;
    let mut slow = Client::ready(&node).await;
    stalled.subscribe("all", json!("start")).await;
    slow.subscribe("all", json!("start")).await;
    let mut taken = 0;
    while taken < 1000 {
        // Slower than the server, but never silent for as long as the limit.
        tokio::time::sleep(Duration::from_millis(20)).await;
        taken += positions(&slow.frame_of("events").await).len();
    }
    let mut left = Vec::new();
    while let Some(Ok(message)) = stalled.socket.next().await {
        left.push(message);
        if left.len() > 1000 {
            break;
        }
    }
    assert!(
        left.len() < 300,
        "the stalled socket was cut: {} frames",
        left.len()
    );
}
