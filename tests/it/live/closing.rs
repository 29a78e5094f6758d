//! How streams end: another lineage, a stopping node, a client that takes nothing or says nothing.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::node::{Node, home};
use super::recovery::append_large;
use super::sse::Stream;
use super::ws::{Client, positions};

async fn sql(node: &Node, text: &str) {
    let pool = node.database.pool(1).await.expect("a pool");
    sqlx::raw_sql(text)
        .execute(&pool)
        .await
        .expect("it is done");
}

#[tokio::test]
async fn another_epoch_ends_every_stream_and_the_next_one_is_told_of_it() {
    let node = Node::start().await;
    node.append(home(), "task", "task_created").await;
    let mut client = Client::ready(&node).await;
    client.subscribe("all", json!("start")).await;
    let mut console = Client::connect(&node, "/ws", Some(&node.admin()))
        .await
        .expect("admitted");
    assert_eq!(console.frame().await["type"], "state:snapshot");
    let mut stream = Stream::open(&node, "", &node.admin(), None).await;
    assert_eq!(stream.block().await, "retry: 2000");
    sql(&node, "select open_epoch('restored')").await;
    assert_eq!(client.closed().await, 4004);
    assert_eq!(console.closed().await, 4004);
    assert!(stream.has_ended().await);

    let mut again = Client::connect(&node, "/api/v1/live", Some(&node.admin()))
        .await
        .expect("admitted");
    assert_eq!(again.frame().await["epoch"], "2");
    let place = json!({ "after": "1", "epoch": "1" });
    assert_eq!(again.subscribe("all", place).await["recovered"], "exact");
}

#[tokio::test]
async fn a_node_that_holds_events_which_are_gone_lets_nobody_listen() {
    let node = Node::start().await;
    node.append(home(), "task", "task_created").await;
    node.append(home(), "task", "task_created").await;
    let mut client = Client::ready(&node).await;
    // A restore to an earlier state, as this node sees it.
    let lose = "alter table events disable trigger user; delete from events where position = 2; \
                alter table events enable trigger user; select open_epoch('restored')";
    sql(&node, lose).await;
    assert_eq!(client.closed().await, 4004);
    let mut again = Client::ready(&node).await;
    assert_eq!(again.closed().await, 4004);
}

#[tokio::test]
async fn a_stopping_node_ends_its_event_streams_and_lists() {
    let node = Node::start().await;
    append_large(&node, 200, 16_000).await;
    let mut stream = Stream::open(&node, "?after=0&types=none", &node.admin(), None).await;
    stream.event().await;
    // A long poll for something that does not come.
    let url = format!("http://{}/api/v1/events?type=none&wait=10", node.address);
    let poll = reqwest::Client::new().get(url).bearer_auth(node.admin());
    let poll = tokio::spawn(poll.send());
    node.append(home(), "task", "task_created").await;
    node.stop.cancel();
    assert!(stream.has_ended().await);
    let answer = tokio::time::timeout(Duration::from_secs(5), poll).await;
    // It was answered, or came too late to be taken.
    let _ = answer
        .expect("it does not wait its time out")
        .expect("no panic");
}

/// Asks for the whole log as server-sent events and reads nothing of it.
async fn deaf(node: &Node) -> TcpStream {
    let mut socket = TcpStream::connect(node.address)
        .await
        .expect("a connection");
    let head = format!(
        "GET /api/v1/events/stream?after=0 HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\n\r\n",
        node.admin()
    );
    socket
        .write_all(head.as_bytes())
        .await
        .expect("it is taken");
    socket
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_stream_that_takes_no_bytes_is_cut_and_a_slow_one_is_not() {
    let node = Node::start_with(|config| config.stall = Duration::from_secs(2)).await;
    append_large(&node, 1000, 16_000).await;
    let mut stalled = deaf(&node).await;
    let mut slow = Stream::open(&node, "?after=0", &node.admin(), None).await;
    for n in 1..=1000 {
        // Slower than the server, but never silent for as long as the limit.
        if n % 4 == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(slow.event().await.id, n.to_string());
    }
    let mut left = Vec::new();
    // The connection is gone: what the kernel still holds comes, and then the end or a reset.
    let _ = stalled.read_to_end(&mut left).await;
    let events = left.windows(5).filter(|bytes| bytes == b"\nid: ").count();
    assert!(events < 900, "the stalled stream was cut: {events} events");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_takes_nothing_does_not_hold_up_the_node_s_end() {
    let patient = |config: &mut pantheon::live::LiveConfig| config.stall = Duration::from_secs(600);
    let mut node = Node::start_with(patient).await;
    append_large(&node, 1000, 16_000).await;
    let _stalled = deaf(&node).await;
    let mut client = Client::ready(&node).await;
    client.subscribe("all", json!({ "last": 1 })).await;
    while positions(&client.frame_of("events").await).is_empty() {}
    node.stop.cancel();
    let serving = node.serving.take().expect("it serves");
    let ended = tokio::time::timeout(Duration::from_secs(20), serving).await;
    ended.expect("the server has ended").expect("no panic");
}

#[tokio::test]
async fn a_ping_that_is_not_answered_ends_the_socket() {
    let quick = |config: &mut pantheon::live::LiveConfig| {
        config.ping_every = Duration::from_millis(300);
        config.pong_within = Duration::from_millis(300);
    };
    let node = Node::start_with(quick).await;
    let mut silent = Client::ready(&node).await;
    assert_eq!(silent.frame().await["type"], "ping");
    assert_eq!(silent.closed().await, 4002);
}

/// What the socket takes says nothing of the client: a machine without power takes it, too.
#[tokio::test]
async fn a_ping_that_is_not_answered_ends_the_socket_also_while_events_go_out() {
    let quick = |config: &mut pantheon::live::LiveConfig| {
        config.ping_every = Duration::from_millis(600);
        config.pong_within = Duration::from_millis(900);
    };
    let node = Node::start_with(quick).await;
    let mut silent = Client::ready(&node).await;
    silent.subscribe("all", json!("now")).await;
    let busy = async {
        loop {
            node.append(home(), "task", "task_created").await;
        }
    };
    tokio::select! {
        code = silent.closed() => assert_eq!(code, 4002),
        () = busy => {}
    }
}
