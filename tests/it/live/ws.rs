//! A WebSocket client, and what the protocol promises a well-behaved one.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use pantheon::auth::Role;
use pantheon_events::Position;
use pantheon_harness::Postgres;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::{self, http};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::node::{Node, home};

/// Longest wait for a frame that has to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A client of `pantheon.live.v1`, or of any other dialect.
pub struct Client {
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// What ends a connection.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    Frame(Value),
    Closed(u16),
}

impl Client {
    /// Connects; `token` goes into the header.
    pub async fn connect(node: &Node, path: &str, token: Option<&str>) -> Result<Self, u16> {
        Self::connect_from(node, path, token, None).await
    }

    pub async fn connect_from(
        node: &Node,
        path: &str,
        token: Option<&str>,
        origin: Option<&str>,
    ) -> Result<Self, u16> {
        let native = path == "/api/v1/live" || path.starts_with("/api/v1/live?");
        let headers = [
            (
                "sec-websocket-protocol",
                native.then_some("pantheon.live.v1"),
            ),
            ("origin", origin),
        ];
        Self::open(node.address, path, token, &headers).await
    }

    /// Connects to any node with these headers.
    pub async fn open(
        address: SocketAddr,
        path: &str,
        token: Option<&str>,
        given: &[(&'static str, Option<&str>)],
    ) -> Result<Self, u16> {
        let url = format!("ws://{address}{path}");
        let mut request = url.into_client_request().expect("a request");
        let headers = request.headers_mut();
        let bearer = token.map(|token| format!("Bearer {token}"));
        let bearer = ("authorization", bearer.as_deref());
        for (name, value) in given.iter().chain([&bearer]) {
            let value = value.map(|value| value.parse().expect("a value"));
            value.map(|value| headers.insert(*name, value));
        }
        match connect_async(request).await {
            Ok((socket, _)) => Ok(Self { socket }),
            Err(tungstenite::Error::Http(answer)) => {
                Err(http::StatusCode::as_u16(&answer.status()))
            }
            Err(error) => panic!("cannot connect: {error}"),
        }
    }

    /// Connects as an admin and waits for `ready`.
    pub async fn ready(node: &Node) -> Self {
        Self::ready_as(node, &node.admin()).await
    }

    pub async fn ready_as(node: &Node, token: &str) -> Self {
        let mut client = Self::connect(node, "/api/v1/live", Some(token))
            .await
            .expect("admitted");
        assert_eq!(client.frame().await["type"], "ready");
        client
    }

    pub async fn say(&mut self, frame: Value) {
        self.say_text(frame.to_string()).await;
    }

    pub async fn say_text(&mut self, text: String) {
        self.socket
            .send(Message::text(text))
            .await
            .expect("the server listens");
    }

    pub async fn hear(&mut self) -> Heard {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.socket.next());
            match message.await.expect("something comes in time") {
                Some(Ok(Message::Text(text))) => {
                    return Heard::Frame(serde_json::from_str(&text).expect("frames are JSON"));
                }
                Some(Ok(Message::Close(Some(frame)))) => return Heard::Closed(frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Heard::Closed(0),
            }
        }
    }

    /// The next frame.
    pub async fn frame(&mut self) -> Value {
        match self.hear().await {
            Heard::Frame(frame) => frame,
            Heard::Closed(code) => panic!("closed with {code}"),
        }
    }

    /// The next frame of a type; others are passed over.
    pub async fn frame_of(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.frame().await;
            if frame["type"] == kind {
                return frame;
            }
            assert_ne!(frame["type"], "error", "{frame}");
        }
    }

    /// The close code; frames before it are passed over.
    pub async fn closed(&mut self) -> u16 {
        loop {
            if let Heard::Closed(code) = self.hear().await {
                return code;
            }
        }
    }

    pub async fn subscribe(&mut self, id: &str, from: Value) -> Value {
        self.say(json!({ "type": "subscribe", "id": id, "from": from, "window": 0 }))
            .await;
        self.frame_of("subscribed").await
    }

    /// The positions of the events until one reaches `last`.
    pub async fn positions_to(&mut self, last: Position) -> Vec<i64> {
        let mut seen = Vec::new();
        while seen.last().is_none_or(|seen| *seen < last.get()) {
            seen.extend(positions(&self.frame_of("events").await));
        }
        seen
    }
}

/// The positions in an `events` frame.
pub fn positions(frame: &Value) -> Vec<i64> {
    let items = frame["items"].as_array().expect("items").iter();
    let positions = items.map(|item| item["position"].as_str().expect("a string").parse());
    positions
        .collect::<Result<_, _>>()
        .expect("decimal positions")
}

#[tokio::test]
async fn history_comes_first_then_caught_up_then_what_happens() {
    let node = Node::start().await;
    for _ in 0..3 {
        node.append(home(), "task", "task_created").await;
    }
    let mut client = Client::ready(&node).await;
    let subscribed = client.subscribe("all", json!("start")).await;
    assert_eq!(
        (&subscribed["from"], &subscribed["recovered"]),
        (&json!("0"), &json!("exact"))
    );
    let events = client.frame().await;
    assert_eq!(positions(&events), [1, 2, 3]);
    assert_eq!(events["items"][0]["type"], "pantheon.task.task_created");
    let caught_up = client.frame().await;
    assert_eq!(
        (&caught_up["type"], &caught_up["position"]),
        (&json!("caught_up"), &json!("3"))
    );
    let position = node.append(home(), "task", "task_created").await;
    assert_eq!(client.positions_to(position).await, [4]);
}

#[tokio::test]
async fn a_subscription_begins_where_it_is_asked_to() {
    let node = Node::start().await;
    for _ in 0..10 {
        node.append(home(), "task", "task_created").await;
    }
    let time = node
        .log
        .event_at(Position::new(4))
        .await
        .expect("reads")
        .expect("an event");
    let mut client = Client::ready(&node).await;
    for (id, from, expected) in [
        ("after", json!({ "after": "7" }), "7"),
        ("last", json!({ "last": 2 }), "8"),
        ("time", json!({ "time": time.recorded_at }), "3"),
        ("now", json!("now"), "10"),
    ] {
        let subscribed = client.subscribe(id, from).await;
        assert_eq!(subscribed["from"], expected, "{id}");
    }
}

#[tokio::test]
async fn a_position_past_the_head_and_an_unknown_epoch_are_not_recovered() {
    let node = Node::start().await;
    node.append(home(), "task", "task_created").await;
    let mut client = Client::ready(&node).await;
    let past = client.subscribe("past", json!({ "after": "99" })).await;
    assert_eq!(
        (&past["recovered"], &past["reason"]),
        (&json!("none"), &json!("position_past_head"))
    );
    assert_eq!(
        (&past["from"], &past["earliest"]),
        (&json!("1"), &json!("1"))
    );
    let epoch = client
        .subscribe("epoch", json!({ "after": "1", "epoch": "9" }))
        .await;
    assert_eq!(
        (&epoch["recovered"], &epoch["reason"]),
        (&json!("none"), &json!("unknown_epoch"))
    );
}

#[tokio::test]
async fn a_full_window_waits_for_its_acknowledgement() {
    let node = Node::start().await;
    for _ in 0..5 {
        node.append(home(), "task", "task_created").await;
    }
    let mut client = Client::ready(&node).await;
    let subscribe = json!({ "type": "subscribe", "id": "a", "from": "start", "window": 2 });
    client.say(subscribe).await;
    assert_eq!(positions(&client.frame_of("events").await), [1, 2]);
    client.say(json!({ "type": "ping" })).await;
    assert_eq!(
        client.frame().await["type"],
        "pong",
        "nothing more comes without an ack"
    );
    client
        .say(json!({ "type": "ack", "id": "a", "position": "2" }))
        .await;
    assert_eq!(positions(&client.frame_of("events").await), [3, 4]);
    client
        .say(json!({ "type": "unsubscribe", "id": "a" }))
        .await;
    assert_eq!(client.frame().await["type"], "complete");
}

#[tokio::test]
async fn a_ticket_opens_one_socket_on_any_node() {
    let node = Node::start().await;
    let other = Node::on(node.database.clone(), |_| {}, "*").await;
    let ask = reqwest::Client::new()
        .post(format!("http://{}/api/v1/live/tickets", node.address))
        .bearer_auth(node.admin())
        .send();
    let answer = ask.await.expect("an answer");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let body: Value = answer.json().await.expect("JSON");
    let path = format!(
        "/api/v1/live?ticket={}",
        body["ticket"].as_str().expect("a ticket")
    );
    let mut client = Client::connect(&other, &path, None)
        .await
        .expect("admitted");
    assert_eq!(client.frame().await["type"], "ready");
    assert_eq!(Client::connect(&node, &path, None).await.err(), Some(401));
    assert_eq!(Client::connect(&other, &path, None).await.err(), Some(401));
}

#[tokio::test]
async fn nothing_is_sent_before_the_client_is_known() {
    let node = Node::start_with(|config| config.init_timeout = Duration::from_millis(300)).await;
    let admin = node.admin();
    let token_in_url = format!("/api/v1/live?token={admin}");
    assert_eq!(
        Client::connect(&node, &token_in_url, None).await.err(),
        Some(401)
    );
    assert_eq!(
        Client::connect(&node, "/api/v1/live", Some("forged"))
            .await
            .err(),
        Some(401)
    );

    let mut silent = Client::connect(&node, "/api/v1/live", None)
        .await
        .expect("a socket");
    assert_eq!(silent.hear().await, Heard::Closed(4504));
    let mut forger = Client::connect(&node, "/api/v1/live", None)
        .await
        .expect("a socket");
    forger
        .say(json!({ "type": "init", "token": "forged" }))
        .await;
    assert_eq!(forger.hear().await, Heard::Closed(4501));
    let mut eager = Client::connect(&node, "/api/v1/live", None)
        .await
        .expect("a socket");
    eager
        .say(json!({ "type": "subscribe", "id": "a", "from": "start" }))
        .await;
    assert_eq!(eager.hear().await, Heard::Closed(4501));

    let mut known = Client::connect(&node, "/api/v1/live", None)
        .await
        .expect("a socket");
    known.say(json!({ "type": "init", "token": admin })).await;
    assert_eq!(known.frame().await["type"], "ready");
}

#[tokio::test]
async fn a_token_ends_its_socket_when_it_ends_and_a_fresh_one_keeps_it() {
    let node = Node::start().await;
    let mut kept = Client::ready(&node).await;
    let mut lost = Client::ready(&node).await;
    let long = node
        .auth
        .issue_operator("root", home(), Role::Admin, Duration::from_secs(86_400));
    kept.say(json!({ "type": "init", "token": long.token }))
        .await;
    assert_eq!(kept.frame().await["type"], "ready");
    node.pass(700);
    assert_eq!(lost.closed().await, 4001);
    kept.say(json!({ "type": "ping" })).await;
    assert_eq!(kept.frame_of("pong").await["head"], "0");
}

#[tokio::test]
async fn a_revoked_token_ends_its_socket() {
    let node = Node::start().await;
    let token = node
        .auth
        .issue_operator("root", home(), Role::Admin, Duration::from_secs(600));
    let mut client = Client::ready_as(&node, &token.token).await;
    node.auth.revoked().add(token.id);
    assert_eq!(client.closed().await, 4503);
}

#[tokio::test]
async fn a_stopping_node_says_goodbye_and_when_to_come_back() {
    let node = Node::start().await;
    let mut client = Client::ready(&node).await;
    node.stop.cancel();
    let goodbye = client.frame_of("goodbye").await;
    assert!(
        goodbye["retry_after_ms"]
            .as_u64()
            .is_some_and(|ms| ms >= 500),
        "{goodbye}"
    );
    assert_eq!(client.closed().await, 4000);
}

#[tokio::test]
async fn a_page_of_another_origin_is_refused_when_a_list_is_configured() {
    let database = Postgres::shared().await.expect("a database");
    let node = Node::on(database, |_| {}, "https://console.example.org").await;
    let admin = node.admin();
    let connect = |origin| Client::connect_from(&node, "/api/v1/live", Some(&admin), Some(origin));
    assert_eq!(connect("https://evil.example.org").await.err(), Some(403));
    assert!(connect("https://console.example.org").await.is_ok());
}
