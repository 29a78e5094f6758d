//! A connection of the server: it holds its place, is given up when the other side takes no bytes,
//! and says why a request could not be read.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use super::places::Place;
use super::unread::instead;
use crate::config::Origins;

/// How long a client that is still sending gets to hear its answer.
const LINGER: Duration = Duration::from_secs(1);

/// Put on each request: whoever takes its connection over (a WebSocket) watches for itself whether
/// bytes go out, and says why it closes.
#[derive(Clone, Debug, Default)]
pub struct OwnWatch(Arc<AtomicBool>);

impl OwnWatch {
    /// From now on a connection that takes no bytes is not cut from below.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A connection that holds its place, also after it has become a socket.
pub(super) struct Held {
    stream: TcpStream,
    stall: Stall,
    origins: Arc<Origins>,
    /// What is being sent instead of hyper's own answer, and how much of it is out.
    replaced: Option<(Vec<u8>, usize)>,
    /// Set when the last byte has gone out: how long the rest of a request is still taken.
    linger: Option<Pin<Box<Sleep>>>,
    _place: Place,
}

/// The time without a byte taken.
struct Stall {
    limit: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    own: OwnWatch,
}

impl Stall {
    /// Notes what a write came to; a write that waits for longer than the limit fails.
    fn judge<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() || self.own.has_begun() {
            self.timer = None;
            return written;
        }
        let limit = self.limit;
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        ready!(timer.as_mut().poll(cx));
        metrics::counter!("pantheon_connections_stalled_total").increment(1);
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl Held {
    pub(super) fn new(
        stream: TcpStream,
        place: Place,
        limit: Duration,
        origins: Arc<Origins>,
    ) -> (Self, OwnWatch) {
        let own = OwnWatch::default();
        let stall = Stall {
            limit,
            timer: None,
            own: own.clone(),
        };
        let held = Self {
            stream,
            stall,
            origins,
            replaced: None,
            linger: None,
            _place: place,
        };
        (held, own)
    }

    /// Throws away what the other side is still sending, until it has closed too: a connection that is
    /// dropped with unread bytes takes the answer back that was sent last (a body that is refused
    /// before all of it has come).
    fn drain(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut rest = [0; 8192];
        loop {
            let mut buffer = ReadBuf::new(&mut rest);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {}
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => break,
            }
        }
        match self.linger.as_mut() {
            Some(timer) => timer.as_mut().poll(cx),
            None => Poll::Ready(()),
        }
    }

    /// Sends what replaces hyper's own answer `head`; `None` when it is no such answer.
    fn replace(&mut self, cx: &mut Context<'_>, head: &[u8]) -> Option<Poll<io::Result<usize>>> {
        if self.replaced.is_none() {
            self.replaced = Some((instead(head, &self.origins)?, 0));
        }
        let (bytes, sent) = self.replaced.as_mut()?;
        while *sent < bytes.len() {
            match Pin::new(&mut self.stream).poll_write(cx, &bytes[*sent..]) {
                Poll::Ready(Ok(0)) => {
                    return Some(Poll::Ready(Err(io::ErrorKind::WriteZero.into())));
                }
                Poll::Ready(Ok(more)) => *sent += more,
                other => return Some(other),
            }
        }
        self.replaced = None;
        Some(Poll::Ready(Ok(head.len())))
    }
}

impl AsyncRead for Held {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Held {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = match self.replace(cx, bytes) {
            Some(written) => written,
            None => Pin::new(&mut self.stream).poll_write(cx, bytes),
        };
        self.stall.judge(cx, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.linger.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            self.linger = Some(Box::pin(tokio::time::sleep(LINGER)));
        }
        self.drain(cx).map(Ok)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let head = parts.first().map_or(&[][..], |part| part);
        let written = match self.replace(cx, head) {
            Some(written) => written,
            None => Pin::new(&mut self.stream).poll_write_vectored(cx, parts),
        };
        self.stall.judge(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
