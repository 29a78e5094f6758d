//! Live clients that lose their connection at random moments and come back with their last
//! position, each time to any of the nodes.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures_util::{SinkExt, Stream, StreamExt};
use rand::Rng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use uuid::Uuid;

use crate::api::Address;
use crate::evidence::{Scope, Transcript};

/// A client whose connection was refused waits this long.
const PAUSE: Duration = Duration::from_millis(20);
/// A connection that says nothing for so long is given up; the server's own heartbeat is 20 s.
const SILENCE: Duration = Duration::from_secs(25);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Bytes = std::pin::Pin<Box<dyn Stream<Item = reqwest::Result<bytes::Bytes>> + Send>>;

/// Which door a live client comes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// `GET /api/v1/live`.
    WebSocket,
    /// `GET /api/v1/events/stream`.
    Sse,
}

/// A live client at work.
#[derive(Debug)]
pub struct LiveClient {
    reached: watch::Receiver<i64>,
    until: watch::Sender<i64>,
    running: JoinHandle<Result<(Transcript, usize)>>,
}

impl LiveClient {
    /// Starts a client that wants everything in `scope` from the beginning, and cuts its own
    /// connection at random.
    #[must_use]
    pub fn start(
        door: Door,
        nodes: Vec<Address>,
        token: String,
        scope: Scope,
        random: StdRng,
    ) -> Self {
        let (until, asked) = watch::channel(i64::MAX);
        let (tell, reached) = watch::channel(0);
        let transcript = Transcript {
            client: format!("{door:?} client"),
            scope,
            after: 0,
            until: 0,
            seen: Vec::new(),
        };
        let client = Client {
            door,
            nodes,
            token,
            random,
            transcript,
            at: 0,
            connections: 0,
            until: asked,
            reached: tell,
        };
        Self {
            reached,
            until,
            running: tokio::spawn(client.run()),
        }
    }

    /// Waits until the client was given everything up to `position`, and ends it. Gives what it has
    /// seen, and over how many connections.
    ///
    /// # Errors
    /// The server broke the protocol, or did not get there in time.
    pub async fn up_to(mut self, position: i64, within: Duration) -> Result<(Transcript, usize)> {
        self.until.send_replace(position);
        match timeout(within, &mut self.running).await {
            Ok(ended) => ended?,
            Err(_) => {
                self.running.abort();
                let reached = *self.reached.borrow();
                bail!("a live client was at {reached} of {position} after {within:?}")
            }
        }
    }
}

struct Client {
    door: Door,
    nodes: Vec<Address>,
    token: String,
    random: StdRng,
    transcript: Transcript,
    /// Everything up to here was given, or does not match.
    at: i64,
    connections: usize,
    until: watch::Receiver<i64>,
    reached: watch::Sender<i64>,
}

impl Client {
    async fn run(mut self) -> Result<(Transcript, usize)> {
        while !self.is_done() {
            let node = self.random.random_range(0..self.nodes.len());
            let address = self.nodes[node].get();
            let frames = self.random.random_range(1..25);
            let connected = match self.door {
                Door::WebSocket => self.socket(&address, frames).await?,
                Door::Sse => self.stream(&address, frames * 10).await?,
            };
            self.connections += usize::from(connected);
            if !connected {
                tokio::time::sleep(PAUSE).await;
            }
        }
        self.transcript.until = *self.until.borrow();
        Ok((self.transcript, self.connections))
    }

    /// Marks the wish as seen, so that waiting for the next frame ends with a new one only.
    fn is_done(&mut self) -> bool {
        self.at >= *self.until.borrow_and_update()
    }

    /// One connection over WebSocket, dropped after so many frames. False when there was none.
    async fn socket(&mut self, address: &str, frames: u32) -> Result<bool> {
        let Some(mut socket) = open(address, &self.token).await? else {
            return Ok(false);
        };
        let mut subscribe = json!({ "type": "subscribe", "id": "all",
            "from": { "after": self.at.to_string() }, "window": 0 });
        if let Scope::Aggregates(kinds) = &self.transcript.scope {
            subscribe["filter"] = json!({ "aggregates": kinds });
        }
        let subscribe = Message::text(subscribe.to_string());
        if socket.send(subscribe).await.is_err() {
            return Ok(true);
        }
        for _ in 0..frames {
            if self.is_done() {
                break;
            }
            let until = self.until.clone();
            let Some(frame) = next_frame(&mut socket, until).await? else {
                break;
            };
            match frame["type"].as_str() {
                Some("subscribed") => ensure!(frame["recovered"] == "exact", "{frame}"),
                Some("events") => {
                    for event in frame["items"].as_array().into_iter().flatten() {
                        self.take(event)?;
                    }
                }
                Some("checkpoint" | "caught_up") => self.looked(&frame["position"])?,
                Some("error") => bail!("{frame}"),
                _ => {}
            }
        }
        // Dropped without a close: what was under way is lost to the client.
        Ok(true)
    }

    /// One connection over SSE, dropped after so many events.
    async fn stream(&mut self, address: &str, events: u32) -> Result<bool> {
        let mut url = format!("http://{address}/api/v1/events/stream");
        if let Scope::Aggregates(kinds) = &self.transcript.scope {
            url = format!("{url}?aggregates={}", kinds.join(","));
        }
        let request = reqwest::Client::new().get(url).bearer_auth(&self.token);
        let request = request.header("last-event-id", self.at.to_string());
        let Ok(answer) = request.send().await else {
            return Ok(false);
        };
        if answer.status() == 503 {
            return Ok(false);
        }
        ensure!(answer.status() == 200, "{}", answer.status());
        let mut blocks = Blocks {
            bytes: Box::pin(answer.bytes_stream()),
            text: String::new(),
        };
        for _ in 0..events {
            if self.is_done() {
                break;
            }
            let until = self.until.clone();
            let Some(block) = blocks.next(until).await else {
                break;
            };
            self.block(&block)?;
        }
        Ok(true)
    }

    fn block(&mut self, block: &str) -> Result<()> {
        let field = |wanted: &str| {
            let mut lines = block.lines().filter_map(|line| line.split_once(": "));
            lines
                .find(|(name, _)| *name == wanted)
                .map(|(_, value)| value)
        };
        match (field("event"), field("data")) {
            (None, Some(data)) => {
                let event: Value = serde_json::from_str(data)?;
                ensure!(field("id") == event["position"].as_str(), "{block}");
                self.take(&event)
            }
            (Some("checkpoint"), _) => self.looked(&field("id").into()),
            (Some("recovered_none"), _) => bail!("{block}"),
            _ => Ok(()),
        }
    }

    fn take(&mut self, event: &Value) -> Result<()> {
        let position = number(&event["position"])?;
        let id = event["id"].as_str().context("an event without its id")?;
        self.transcript.seen.push((position, Uuid::parse_str(id)?));
        self.move_to(position);
        Ok(())
    }

    fn looked(&mut self, position: &Value) -> Result<()> {
        let position = number(position)?;
        self.move_to(position);
        Ok(())
    }

    fn move_to(&mut self, position: i64) {
        self.at = self.at.max(position);
        self.reached.send_replace(self.at);
    }
}

fn number(position: &Value) -> Result<i64> {
    let text = position.as_str().context("a position is a string")?;
    Ok(text.parse()?)
}

/// A socket that has said `ready`; `None` when nobody is there.
async fn open(address: &str, token: &str) -> Result<Option<Socket>> {
    let mut request = format!("ws://{address}/api/v1/live").into_client_request()?;
    let headers = request.headers_mut();
    headers.insert("sec-websocket-protocol", "pantheon.live.v1".parse()?);
    headers.insert("authorization", format!("Bearer {token}").parse()?);
    let Ok((mut socket, _)) = connect_async(request).await else {
        return Ok(None);
    };
    let (_, never) = watch::channel(i64::MAX);
    match next_frame(&mut socket, never).await? {
        Some(frame) if frame["type"] == "ready" => Ok(Some(socket)),
        Some(frame) => bail!("{frame} before ready"),
        None => Ok(None),
    }
}

/// The next JSON frame; `None` when the connection has ended, or the client wants to look whether
/// it is done.
async fn next_frame(socket: &mut Socket, mut until: watch::Receiver<i64>) -> Result<Option<Value>> {
    loop {
        let message = tokio::select! {
            message = timeout(SILENCE, socket.next()) => message.context("a silent socket")?,
            Ok(()) = until.changed() => return Ok(None),
        };
        match message {
            Some(Ok(Message::Text(text))) => return Ok(Some(serde_json::from_str(&text)?)),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok(None),
            Some(Ok(_)) => {}
        }
    }
}

struct Blocks {
    bytes: Bytes,
    text: String,
}

impl Blocks {
    /// The next block of the stream; `None` when the connection has ended, or the client wants to
    /// look whether it is done.
    async fn next(&mut self, mut until: watch::Receiver<i64>) -> Option<String> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let rest = self.text.split_off(end + 2);
                return Some(std::mem::replace(&mut self.text, rest));
            }
            let chunk = tokio::select! {
                chunk = timeout(SILENCE, self.bytes.next()) => chunk.ok()??.ok()?,
                Ok(()) = until.changed() => return None,
            };
            self.text.push_str(&String::from_utf8_lossy(&chunk));
        }
    }
}
