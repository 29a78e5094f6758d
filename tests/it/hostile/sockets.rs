//! S05: every frame that a client may send, spoilt.

use futures_util::{SinkExt, StreamExt};
use pantheon::auth::Role;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Utf8Bytes;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::example::Book;
use super::judge::{Unchanged, refusal};
use super::spoil::spoilt;
use crate::world::World;

const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// No close code: nothing came.
const SILENCE: u16 = 1;

struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(world: &World, path: &str, token: Option<&str>) -> Self {
        let url = format!("ws://{}{path}", world.node.address());
        let mut request = url.into_client_request().expect("a request");
        if let Some(token) = token {
            let value = format!("Bearer {token}").parse().expect("a value");
            request.headers_mut().insert("authorization", value);
        }
        Self(connect_async(request).await.expect("a socket").0)
    }

    async fn ready(world: &World) -> Self {
        let mut socket = Self::open(world, "/api/v1/live", Some(&world.admin)).await;
        assert_eq!(socket.frame().await.expect("a frame")["type"], "ready");
        socket
    }

    async fn say(&mut self, bytes: Vec<u8>) {
        // The server may have closed already.
        let _ = self.0.send(text(bytes)).await;
    }

    /// The next frame, or the close code.
    async fn frame(&mut self) -> Result<Value, u16> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.0.next());
            let Ok(message) = message.await else {
                return Err(SILENCE);
            };
            match message {
                Some(Ok(Message::Text(text))) => {
                    return Ok(serde_json::from_str(&text).expect("JSON"));
                }
                Some(Ok(Message::Close(Some(frame)))) => return Err(frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(0),
            }
        }
    }
}

/// A text frame, also of bytes that are no text.
fn text(bytes: Vec<u8>) -> Message {
    match Utf8Bytes::try_from(bytes.clone()) {
        Ok(text) => Message::Text(text),
        Err(_) => Message::Frame(
            tokio_tungstenite::tungstenite::protocol::frame::Frame::message(
                bytes,
                tokio_tungstenite::tungstenite::protocol::frame::coding::OpCode::Data(
                    tokio_tungstenite::tungstenite::protocol::frame::coding::Data::Text,
                ),
                true,
            ),
        ),
    }
}

/// Every frame that a client may send, by the contract.
fn frames() -> Vec<(&'static str, &'static Value)> {
    let contract = pantheon::asyncapi::document();
    let messages = contract["components"]["messages"]
        .as_object()
        .expect("messages");
    let sent = messages
        .iter()
        .filter(|(name, _)| name.starts_with("live.client."));
    sent.map(|(name, message)| (name.as_str(), &message["payload"]))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn s05_every_spoilt_frame_is_answered_with_the_error_and_closes() {
    let world = World::with(&[("PANTHEON_LIMITS_ANONYMOUS_PER_MINUTE", "0")]).await;
    let log = Unchanged::since_now(&world).await;
    let contract = pantheon::asyncapi::document();
    assert_eq!(frames().len(), 6);
    for (name, schema) in frames() {
        for spoilt in spoilt(Book(contract), schema) {
            let what = format!("{name} {}", spoilt.what);
            let mut socket = Socket::ready(&world).await;
            socket.say(spoilt.bytes).await;
            match socket.frame().await {
                Ok(frame) => {
                    assert_eq!(frame["type"], "error", "{what}: {frame}");
                    let refusal = refusal(&what, 400, &frame["problem"]);
                    assert_eq!(refusal.code, "malformed_request", "{what}");
                    // A good frame with a bad filter leaves the others' subscriptions alone.
                    if !spoilt.readable {
                        assert_eq!(socket.frame().await, Err(4500), "{what}");
                    }
                }
                Err(code) => panic!("{what}: closed with {code} and not a word"),
            }
        }
    }
    log.still("a frame").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn before_a_client_is_known_a_spoilt_frame_closes_without_a_word() {
    let world = World::with(&[("PANTHEON_LIMITS_ANONYMOUS_PER_MINUTE", "0")]).await;
    let contract = pantheon::asyncapi::document();
    for (name, schema) in frames() {
        for spoilt in spoilt(Book(contract), schema) {
            let mut socket = Socket::open(&world, "/api/v1/live", None).await;
            socket.say(spoilt.bytes).await;
            let heard = socket.frame().await;
            assert!(
                matches!(heard, Err(4500 | 4501)),
                "{name} {}: {heard:?}",
                spoilt.what
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_frames_that_are_good_ones_are_answered() {
    let world = World::with(&[("PANTHEON_LIMITS_ANONYMOUS_PER_MINUTE", "0")]).await;
    let subscribe = |id: &str, from: Value| json!({ "type": "subscribe", "id": id, "from": from });
    let mut socket = Socket::ready(&world).await;
    for (n, from) in [
        json!({ "after": "9223372036854775807" }),
        json!({ "after": "0", "epoch": "9223372036854775807" }),
        json!({ "last": 0 }),
        json!({ "last": u32::MAX }),
        json!({ "time": "0000-01-01T00:00:00Z" }),
        json!({ "time": "9999-12-31T23:59:59.999999999Z" }),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("s{n}");
        socket
            .say(subscribe(&id, from.clone()).to_string().into_bytes())
            .await;
        loop {
            let frame = socket.frame().await.expect("the socket stays open");
            assert_ne!(frame["type"], "error", "{from}: {frame}");
            if frame["type"] == "subscribed" && frame["id"] == id.as_str() {
                break;
            }
        }
    }
    for (frame, code) in [
        (
            json!({ "type": "subscribe", "id": "s0", "from": "now" }),
            "already_exists",
        ),
        (json!({ "type": "unsubscribe", "id": "none" }), "not_found"),
        (
            json!({ "type": "ack", "id": "s0", "position": "9223372036854775807" }),
            "malformed_request",
        ),
        (
            json!({ "type": "subscribe", "id": "f", "from": "now", "filter": { "ids": [] } }),
            "malformed_request",
        ),
    ] {
        socket.say(frame.to_string().into_bytes()).await;
        let answer = loop {
            let answer = socket.frame().await.expect("the socket stays open");
            if answer["type"] == "error" {
                break answer;
            }
        };
        assert_eq!(answer["problem"]["code"], code, "{frame}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s05_what_a_console_says_is_ignored_unless_it_is_no_text() {
    let world = World::with(&[("PANTHEON_LIMITS_ANONYMOUS_PER_MINUTE", "0")]).await;
    let viewer = world.role(Role::Viewer);
    let contract = pantheon::asyncapi::document();
    let mut socket = Socket::open(&world, "/ws", Some(&viewer)).await;
    assert_eq!(
        socket.frame().await.expect("a frame")["type"],
        "state:snapshot"
    );
    let schema = &contract["components"]["messages"]["console.init"]["payload"];
    for spoilt in spoilt(Book(contract), schema) {
        let good = std::str::from_utf8(&spoilt.bytes).is_ok() && spoilt.bytes.len() < 60_000;
        if good {
            socket.say(spoilt.bytes.clone()).await;
        }
        let mut stranger = Socket::open(&world, "/ws", None).await;
        stranger.say(spoilt.bytes).await;
        if good {
            let init = json!({ "type": "init", "token": viewer });
            stranger.say(init.to_string().into_bytes()).await;
        }
        match stranger.frame().await {
            // It said nothing that signs anybody in: the good word behind it does.
            Ok(frame) => assert!(good && frame["type"] == "state:snapshot", "{frame}"),
            Err(code) => assert!(matches!(code, 4500 | 4501), "{}: {code}", spoilt.what),
        }
    }
    let (status, _) = world.post("/tasks", json!({ "name": "a" })).await;
    assert_eq!(status, 201);
    let ping = Message::Ping(bytes::Bytes::from_static(b"there?"));
    socket.0.send(ping).await.expect("it is open");
    let answered = async {
        while let Some(Ok(message)) = socket.0.next().await {
            if message.is_pong() {
                return true;
            }
        }
        false
    };
    let answered = tokio::time::timeout(PATIENCE, answered).await;
    assert!(answered.expect("in time"), "the socket has been closed");
    socket
        .0
        .send(Message::binary(b"x".to_vec()))
        .await
        .expect("it is open");
    assert_eq!(socket.frame().await, Err(4500));
}

#[tokio::test]
async fn a_socket_s_address_and_hand_shake_are_checked_before_it_opens() {
    let world = World::with(&[("PANTHEON_LIMITS_ANONYMOUS_PER_MINUTE", "0")]).await;
    for (path, headers, status) in [
        ("/api/v1/live", vec![], 426),
        (
            "/api/v1/live?token=x",
            vec![("upgrade", "websocket"), ("connection", "upgrade")],
            426,
        ),
        (
            "/ws?after=x",
            vec![
                ("upgrade", "websocket"),
                ("connection", "upgrade"),
                ("sec-websocket-version", "12"),
            ],
            426,
        ),
    ] {
        let url = format!("http://{}{path}", world.node.address());
        let mut request = reqwest::Client::new().get(url);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = request.send().await.expect("an answer");
        let refusal = super::judge::judged(path, None, answer).await;
        assert_eq!(refusal.status, status, "{path}");
    }
    for path in [
        "/api/v1/live?ticket=x",
        "/api/v1/live?token=x",
        "/ws?after=x",
        "/ws?after=-1",
        "/api/v1/live?ticket=%00",
    ] {
        let url = format!("ws://{}{path}", world.node.address());
        let refused = connect_async(url)
            .await
            .expect_err("it is refused")
            .to_string();
        assert!(
            refused.contains("400") || refused.contains("401"),
            "{path}: {refused}"
        );
    }
}
