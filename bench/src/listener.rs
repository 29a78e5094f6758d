//! A client of the live stream that only looks for a mark in the bytes that come: a thousand of
//! them have to fit beside what is measured.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

const CHUNK: usize = 128 * 1024;
/// A client that says nothing for 30 s counts as gone.
const ALIVE: Duration = Duration::from_secs(5);
/// How long it waits for bytes before it looks whether there is anything to wait for.
const TURN: Duration = Duration::from_millis(250);
const PATIENCE: Duration = Duration::from_secs(30);

/// What became of the bytes that came.
pub enum Look {
    /// So many need not be looked at again.
    Seen(usize),
    /// There is nothing more to wait for.
    Done,
}

/// One WebSocket with a subscription to everything from now on.
pub struct Listener {
    stream: TcpStream,
    /// What has come and was not looked through yet.
    pending: Vec<u8>,
}

impl Listener {
    pub async fn open(address: SocketAddr, token: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut listener = Self {
            stream,
            pending: Vec::with_capacity(CHUNK),
        };
        let request = format!(
            "GET /api/v1/live HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
             Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Protocol: pantheon.live.v1\r\n\r\n"
        );
        listener.stream.write_all(request.as_bytes()).await?;
        listener.expect(b"\r\n\r\n").await?;
        ensure!(
            listener.pending.starts_with(b"HTTP/1.1 101"),
            "no WebSocket: {}",
            String::from_utf8_lossy(&listener.pending)
        );
        listener
            .say(r#"{"type":"subscribe","id":"all","from":"now","window":0}"#)
            .await?;
        listener.expect(br#""type":"caught_up""#).await?;
        listener.pending.clear();
        Ok(listener)
    }

    /// Hands over what comes until `end`, or until `look` has what it wants. It gets all bytes
    /// that it has not looked through, at least every [`TURN`].
    pub async fn hear(&mut self, end: Instant, mut look: impl FnMut(&[u8]) -> Look) -> Result<()> {
        let mut speak = Instant::now() + ALIVE;
        while Instant::now() < end {
            if let Ok(read) = timeout(TURN, self.read()).await {
                read?;
            }
            match look(&self.pending) {
                Look::Seen(seen) => drop(self.pending.drain(..seen)),
                Look::Done => return Ok(()),
            }
            if Instant::now() >= speak {
                self.say(r#"{"type":"pong"}"#).await?;
                speak = Instant::now() + ALIVE;
            }
        }
        Ok(())
    }

    async fn expect(&mut self, mark: &[u8]) -> Result<()> {
        let arrived = async {
            while memmem::find(&self.pending, mark).is_none() {
                self.read().await?;
            }
            anyhow::Ok(())
        };
        timeout(PATIENCE, arrived)
            .await
            .with_context(|| format!("no {}", String::from_utf8_lossy(mark)))?
    }

    async fn read(&mut self) -> Result<()> {
        self.pending.reserve(CHUNK);
        let read = self.stream.read_buf(&mut self.pending).await?;
        ensure!(read > 0, "the server closed a live stream");
        Ok(())
    }

    /// Sends a short text frame; the mask is zero.
    async fn say(&mut self, text: &str) -> Result<()> {
        let length = u8::try_from(text.len()).context("a short frame")?;
        ensure!(length < 126, "a short frame");
        let mut frame = vec![0x81, 0x80 | length, 0, 0, 0, 0];
        frame.extend_from_slice(text.as_bytes());
        Ok(self.stream.write_all(&frame).await?)
    }
}

/// Looks through bytes for marks that are followed by `after` bytes; calls `found` with these. How
/// many bytes need not be looked at again.
pub fn marks(bytes: &[u8], mark: &[u8], after: usize, mut found: impl FnMut(&[u8])) -> usize {
    let mut done = 0;
    for at in memmem::find_iter(bytes, mark) {
        let (begin, end) = (at + mark.len(), at + mark.len() + after);
        let Some(rest) = bytes.get(begin..end) else {
            return at;
        };
        found(rest);
        done = end;
    }
    done.max(bytes.len().saturating_sub(mark.len() - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_that_came_in_two_pieces_is_found_once() {
        let text = b"..at-01..at-02..at-03";
        for cut in 0..text.len() {
            let (mut found, mut pending) = (Vec::new(), Vec::new());
            for piece in [&text[..cut], &text[cut..]] {
                pending.extend_from_slice(piece);
                let seen = marks(&pending, b"at-", 2, |rest| found.push(rest.to_vec()));
                pending.drain(..seen);
            }
            assert_eq!(found, [b"01", b"02", b"03"], "{cut}");
        }
    }
}
