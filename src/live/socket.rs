//! The WebSocket under every live door: hand-shake, bounded frames, and a writer that knows
//! whether the other side takes bytes.
//!
//! axum's own upgrade hides the connection, and with it the difference between a slow client
//! (it is served at its pace) and a dead one (it is closed after 30 s without a byte).

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::Utf8Bytes;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, Role, WebSocketConfig};

use super::close::Close;
use super::deps::LiveDeps;
use super::frame::FRAME_BYTES;
use crate::http::OwnWatch;

/// How long a client may take to hear why it is closed.
const GRACE: Duration = Duration::from_secs(2);
/// A client that sends nothing for this long has stopped sending.
const PAUSE: Duration = Duration::from_millis(100);

type Stream = WebSocketStream<Counted<TokioIo<Upgraded>>>;

/// A request that asks for a WebSocket.
#[derive(Debug)]
pub struct Upgrade {
    on_upgrade: OnUpgrade,
    watch: Option<OwnWatch>,
    accept: String,
    protocols: Vec<String>,
}

/// The request does not ask for a WebSocket as RFC 6455 wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "This address speaks WebSocket only: connect with a WebSocket client (RFC 6455, version 13)."
)]
pub struct NotAWebSocket;

impl Upgrade {
    /// Takes the hand-shake from a request.
    pub fn of(parts: &mut Parts) -> Result<Self, NotAWebSocket> {
        let headers = &parts.headers;
        let asked = parts.method == Method::GET
            && names(headers, header::CONNECTION, "upgrade")
            && names(headers, header::UPGRADE, "websocket")
            && names(headers, header::SEC_WEBSOCKET_VERSION, "13");
        let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| asked);
        let accept = derive_accept_key(key.ok_or(NotAWebSocket)?.as_bytes());
        let protocols = tokens(headers, header::SEC_WEBSOCKET_PROTOCOL)
            .map(str::to_owned)
            .collect();
        let on_upgrade = parts
            .extensions
            .remove::<OnUpgrade>()
            .ok_or(NotAWebSocket)?;
        Ok(Self {
            on_upgrade,
            watch: parts.extensions.get().cloned(),
            accept,
            protocols,
        })
    }

    /// Whether the client offers a sub-protocol.
    #[must_use]
    pub fn offers(&self, protocol: &str) -> bool {
        self.protocols.iter().any(|offered| offered == protocol)
    }

    /// Answers 101 and runs `serve` on the socket in its own task.
    pub fn accept<F>(
        self,
        protocol: Option<&'static str>,
        deps: &LiveDeps,
        serve: impl FnOnce(Socket) -> F + Send + 'static,
    ) -> Response
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (on_upgrade, watch) = (self.on_upgrade, self.watch);
        let stall = deps.config.stall;
        deps.tracker.spawn(async move {
            match on_upgrade.await {
                Ok(upgraded) => {
                    if let Some(watch) = watch {
                        watch.begin();
                    }
                    serve(Socket::new(upgraded, stall).await).await;
                }
                Err(error) => {
                    tracing::debug!(%error, "a client left during the WebSocket hand-shake");
                }
            }
        });
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        if let Ok(accept) = HeaderValue::from_str(&self.accept) {
            headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
        }
        if let Some(protocol) =
            protocol.filter(|p| self.protocols.iter().any(|offered| offered == p))
        {
            headers.insert(
                header::SEC_WEBSOCKET_PROTOCOL,
                HeaderValue::from_static(protocol),
            );
        }
        response
    }
}

fn tokens(headers: &HeaderMap, name: header::HeaderName) -> impl Iterator<Item = &str> {
    let values = headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

fn names(headers: &HeaderMap, name: header::HeaderName, token: &str) -> bool {
    tokens(headers, name).any(|found| found.eq_ignore_ascii_case(token))
}

/// An open WebSocket.
pub struct Socket {
    /// What the client sends.
    pub receiver: Receiver,
    /// What it is sent.
    pub sender: Sender,
}

impl Socket {
    async fn new(upgraded: Upgraded, stall: Duration) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(4 * 1024)
            .write_buffer_size(32 * 1024)
            .max_message_size(Some(FRAME_BYTES))
            .max_frame_size(Some(FRAME_BYTES));
        let progress = Arc::new(Progress::default());
        let io = Counted {
            io: TokioIo::new(upgraded),
            progress: Arc::clone(&progress),
        };
        let (sink, stream) = WebSocketStream::from_raw_socket(io, Role::Server, Some(config))
            .await
            .split();
        Self {
            receiver: Receiver { stream },
            sender: Sender {
                sink,
                progress,
                stall,
            },
        }
    }
}

impl Socket {
    /// Says why, if there is something to say, and leaves the client the time to hear it: a
    /// connection that is dropped with unread bytes takes back what was sent last.
    pub async fn finish(mut self, close: Option<Close>) {
        if let Some(close) = close {
            self.sender.close(close).await;
        }
        let Ok(mut stream) = self.receiver.stream.reunite(self.sender.sink) else {
            return;
        };
        let answered = async {
            let mut answered = false;
            while let Some(Ok(message)) = stream.next().await {
                answered |= message.is_close();
            }
            answered
        };
        if !matches!(tokio::time::timeout(GRACE, answered).await, Ok(true)) {
            drain(stream.get_mut()).await;
        }
    }
}

/// Throws away what the client is still sending, until it pauses.
async fn drain(io: &mut (impl AsyncRead + Unpin)) {
    let mut rest = [0; 4096];
    let until = Instant::now() + GRACE;
    while Instant::now() < until {
        match tokio::time::timeout(PAUSE, io.read(&mut rest)).await {
            Ok(Ok(read)) if read > 0 => {}
            _ => return,
        }
    }
}

/// What came from a client.
#[derive(Debug, PartialEq, Eq)]
pub enum Received {
    /// A text frame.
    Text(Utf8Bytes),
    /// A WebSocket ping or pong.
    Alive,
    /// Something that no client of ours sends: binary, too large, not UTF-8, broken framing.
    Bad(&'static str),
    /// The connection is over.
    Closed,
}

/// The receiving half.
pub struct Receiver {
    stream: SplitStream<Stream>,
}

impl Receiver {
    /// Waits for the next frame.
    pub async fn receive(&mut self) -> Received {
        use tokio_tungstenite::tungstenite::Error;
        match self.stream.next().await {
            Some(Ok(Message::Text(text))) => Received::Text(text),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Received::Alive,
            Some(Ok(Message::Binary(_))) => Received::Bad("frames are JSON text, not binary"),
            Some(Err(Error::Capacity(_))) => Received::Bad("a frame has at most 65536 bytes"),
            Some(Err(Error::Utf8(_))) => Received::Bad("a frame is UTF-8"),
            Some(Err(Error::Protocol(_))) => Received::Bad("the WebSocket framing is broken"),
            Some(Ok(Message::Close(_) | Message::Frame(_)) | Err(_)) | None => Received::Closed,
        }
    }
}

/// The client is gone, or takes no bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The connection is over.
    #[error("the connection is over")]
    Gone,
    /// No byte was taken for the stall limit.
    #[error("the client takes no bytes")]
    Stalled,
}

/// The sending half. Frames are buffered until [`flush`](Self::flush) or until 32 KiB wait.
pub struct Sender {
    sink: SplitSink<Stream, Message>,
    progress: Arc<Progress>,
    stall: Duration,
}

impl Sender {
    /// Queues a text frame; `text` is UTF-8 JSON. Waits while the socket is full.
    pub async fn text(&mut self, text: Bytes) -> Result<(), SendError> {
        let text = Utf8Bytes::try_from(text).map_err(|_| SendError::Gone)?;
        watched(
            self.sink.feed(Message::Text(text)),
            &self.progress,
            self.stall,
        )
        .await
    }

    /// Queues a WebSocket ping.
    pub async fn ping(&mut self) -> Result<(), SendError> {
        watched(
            self.sink.feed(Message::Ping(Bytes::new())),
            &self.progress,
            self.stall,
        )
        .await
    }

    /// Hands everything queued to the socket.
    pub async fn flush(&mut self) -> Result<(), SendError> {
        watched(self.sink.flush(), &self.progress, self.stall).await
    }

    /// When the client last took bytes, if the socket has been full since `since`: it is slow then,
    /// and what is written last is behind much else.
    #[must_use]
    pub fn slow_since(&self, since: Instant) -> Option<Instant> {
        let full = self.progress.at(&self.progress.full);
        (full > since).then(|| self.progress.last())
    }

    /// Says why the connection ends.
    async fn close(&mut self, close: Close) {
        let frame = CloseFrame {
            code: CloseCode::from(close.code()),
            reason: close.reason().into(),
        };
        let said = self.sink.send(Message::Close(Some(frame)));
        // A client that takes nothing any more is not waited for.
        let _ = tokio::time::timeout(GRACE, said).await;
    }
}

async fn watched<E>(
    write: impl Future<Output = Result<(), E>>,
    progress: &Progress,
    stall: Duration,
) -> Result<(), SendError> {
    tokio::pin!(write);
    let begun = Instant::now();
    loop {
        let deadline = progress.last().max(begun) + stall;
        tokio::select! {
            biased;
            done = &mut write => return done.map_err(|_| SendError::Gone),
            () = tokio::time::sleep_until(deadline.into()) => {
                if progress.last().max(begun) + stall <= Instant::now() {
                    return Err(SendError::Stalled);
                }
            }
        }
    }
}

/// When bytes last went out, and when there was last no room for more.
#[derive(Debug)]
struct Progress {
    start: Instant,
    millis: AtomicU64,
    full: AtomicU64,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            millis: AtomicU64::new(0),
            full: AtomicU64::new(0),
        }
    }
}

impl Progress {
    fn note(&self, what: &AtomicU64) {
        let millis = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        what.store(millis, Ordering::Relaxed);
    }

    fn last(&self) -> Instant {
        self.at(&self.millis)
    }

    fn at(&self, what: &AtomicU64) -> Instant {
        self.start + Duration::from_millis(what.load(Ordering::Relaxed))
    }
}

/// A connection that notes when bytes go out.
struct Counted<T> {
    io: T,
    progress: Arc<Progress>,
}

impl<T: AsyncRead + Unpin> AsyncRead for Counted<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Counted<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, buf);
        match written {
            Poll::Ready(Ok(n)) if n > 0 => self.progress.note(&self.progress.millis),
            Poll::Pending => self.progress.note(&self.progress.full),
            Poll::Ready(_) => {}
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
