//! A client of server-sent events, and what the stream promises it.

use std::time::Duration;

use futures_util::{Stream as _, StreamExt};
use pantheon_events::Position;
use serde_json::Value;

use super::node::{Node, home};

type Bytes =
    std::pin::Pin<Box<dyn futures_util::Stream<Item = reqwest::Result<bytes::Bytes>> + Send>>;

/// An open stream.
pub struct Stream {
    bytes: Bytes,
    text: String,
}

/// One event of it.
#[derive(Debug, Default)]
pub struct Event {
    pub id: String,
    pub name: String,
    pub data: String,
}

impl Event {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.data).expect("data is JSON")
    }
}

impl Stream {
    pub async fn open(node: &Node, query: &str, token: &str, last: Option<&str>) -> Self {
        let url = format!("http://{}/api/v1/events/stream{query}", node.address);
        let mut request = reqwest::Client::new().get(url).bearer_auth(token);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self {
            bytes: Box::pin(answer.bytes_stream()),
            text: String::new(),
        }
    }

    /// The next block, whatever it is.
    pub async fn block(&mut self) -> String {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let rest = self.text.split_off(end + 2);
                return std::mem::replace(&mut self.text, rest)
                    .trim_end()
                    .to_owned();
            }
            debug_assert!(self.bytes.size_hint().0 == 0);
            let chunk = tokio::time::timeout(Duration::from_secs(20), self.bytes.next());
            let chunk = chunk
                .await
                .expect("something comes in time")
                .expect("the stream goes on");
            let chunk = chunk.expect("the connection holds");
            self.text
                .push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
        }
    }

    /// Whether the server ends it, whatever comes before.
    pub async fn has_ended(&mut self) -> bool {
        let rest = async { while let Some(Ok(_)) = self.bytes.next().await {} };
        tokio::time::timeout(Duration::from_secs(20), rest)
            .await
            .is_ok()
    }

    /// The next event; comments and `retry` are passed over.
    pub async fn event(&mut self) -> Event {
        loop {
            let mut event = Event::default();
            for line in self.block().await.lines() {
                match line.split_once(": ") {
                    Some(("id", value)) => event.id = value.to_owned(),
                    Some(("event", value)) => event.name = value.to_owned(),
                    Some(("data", value)) => event.data = value.to_owned(),
                    _ => {}
                }
            }
            if !event.data.is_empty() {
                return event;
            }
        }
    }
}

#[tokio::test]
async fn the_stream_says_when_to_come_back_and_then_what_matches() {
    let node = Node::start().await;
    node.append(home(), "agent", "agent_registered").await;
    node.append(home(), "task", "task_created").await;
    node.append(home(), "task", "task_started").await;
    let query = "?after=0&aggregates=task&types=task_s*,task_x";
    let mut stream = Stream::open(&node, query, &node.admin(), None).await;
    assert_eq!(stream.block().await, "retry: 2000");
    let event = stream.event().await;
    assert_eq!((event.id.as_str(), event.name.as_str()), ("3", ""));
    assert_eq!(event.json()["type"], "pantheon.task.task_started");
}

#[tokio::test]
async fn a_checkpoint_moves_the_id_although_nothing_matches() {
    let node = Node::start().await;
    node.append(home(), "task", "task_created").await;
    let mut stream = Stream::open(&node, "?after=0&types=none", &node.admin(), None).await;
    let event = stream.event().await;
    assert_eq!(
        (event.id.as_str(), event.name.as_str()),
        ("1", "checkpoint")
    );
}

#[tokio::test]
async fn a_place_that_is_not_in_the_log_is_told_before_the_stream_goes_on_from_the_head() {
    let node = Node::start().await;
    node.append(home(), "task", "task_created").await;
    let mut stream = Stream::open(&node, "", &node.admin(), Some("99")).await;
    let event = stream.event().await;
    assert_eq!(
        (event.id.as_str(), event.name.as_str()),
        ("1", "recovered_none")
    );
    let position = node.append(home(), "task", "task_created").await;
    assert_eq!(
        (position, stream.event().await.id),
        (Position::new(2), "2".to_owned())
    );
}

#[tokio::test]
async fn a_bad_place_filter_or_token_is_refused_before_the_stream() {
    let node = Node::start().await;
    let url = format!("http://{}/api/v1/events/stream", node.address);
    let client = reqwest::Client::new();
    let admin = node.admin();
    let ask = |query: &str| client.get(format!("{url}{query}")).bearer_auth(&admin);
    for (request, status) in [
        (ask("?after=x"), 400),
        (ask("?aggregates="), 400),
        (ask("?unknown=1"), 400),
        (ask("").header("last-event-id", "x"), 400),
        (client.get(&url), 401),
    ] {
        assert_eq!(request.send().await.expect("an answer").status(), status);
    }
}

/// G8: a place is known before the first event, so nothing is missed if the connection is lost by then.
#[tokio::test]
async fn g08_a_client_without_a_place_is_told_its_place_at_once() {
    let node = Node::start().await;
    node.append(home(), "task", "task_created").await;
    let mut stream = Stream::open(&node, "", &node.admin(), None).await;
    let place = stream.event().await;
    assert_eq!(
        (place.id.as_str(), place.name.as_str()),
        ("1", "checkpoint")
    );
    drop(stream);
    node.append(home(), "task", "task_started").await;
    let mut stream = Stream::open(&node, "", &node.admin(), Some(&place.id)).await;
    assert_eq!(stream.event().await.id, "2");
}
