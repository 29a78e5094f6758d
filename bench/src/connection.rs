//! A keep-alive connection, as thin as a load generator can be: what it costs is taken from the
//! same two cores as what is measured.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use memchr::memmem;
use pantheon_events::CommandId;
use pantheon_events::agents::RecordHeartbeat;
use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::load::Caller;
use crate::workload::{self, AGENTS};

/// One connection.
pub struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let answer = Vec::with_capacity(8192);
        Ok(Self { stream, answer })
    }

    /// Sends a request and waits for the whole answer, which has to be a good one; its body.
    pub async fn ask(&mut self, request: &[u8]) -> Result<&[u8]> {
        self.stream.write_all(request).await?;
        self.answer.clear();
        let head = loop {
            if let Some(end) = memmem::find(&self.answer, b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let shown = |bytes| String::from_utf8_lossy(bytes).into_owned();
        ensure!(
            self.answer.starts_with(b"HTTP/1.1 20"),
            "a bad answer: {}",
            shown(&self.answer)
        );
        let length = length(&self.answer[..head]).context("an answer without a length")?;
        while self.answer.len() < head + length {
            self.more().await?;
        }
        Ok(&self.answer[head..])
    }

    async fn more(&mut self) -> Result<()> {
        let read = self.stream.read_buf(&mut self.answer).await?;
        ensure!(read > 0, "the server closed a connection");
        Ok(())
    }
}

/// What the head announces; the server writes names in lower case.
fn length(head: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length: ";
    let rest = &head[memmem::find(head, NAME)? + NAME.len()..];
    let digits = rest.split(|byte| *byte == b'\r').next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Heartbeats of one agent over one connection.
pub struct Beats {
    connection: Connection,
    agent: String,
    /// Everything of a request before the idempotency key.
    head: String,
}

#[derive(Serialize)]
struct Sent<'a> {
    id: &'a str,
    data: RecordHeartbeat,
}

impl Beats {
    /// The `n`th connection, with the token of the agent that it speaks for.
    pub async fn open(address: SocketAddr, n: usize, token: &str) -> Result<Self> {
        let head = format!(
            "POST /api/v1/commands/agent/record_heartbeat HTTP/1.1\r\nHost: {address}\r\n\
             Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        );
        Ok(Self {
            connection: Connection::open(address).await?,
            agent: workload::agent(n % AGENTS),
            head,
        })
    }

    /// Sends a heartbeat and waits for its commit.
    pub async fn send(&mut self, data: RecordHeartbeat) -> Result<()> {
        let id = &self.agent;
        let body = serde_json::to_string(&Sent { id, data })?;
        let (head, key, length) = (&self.head, CommandId::generate(), body.len());
        let request =
            format!("{head}Idempotency-Key: {key}\r\nContent-Length: {length}\r\n\r\n{body}");
        self.connection.ask(request.as_bytes()).await.map(drop)
    }
}

impl Caller for Beats {
    async fn call(&mut self, n: u64) -> Result<()> {
        self.send(workload::heartbeat(n)).await
    }
}

/// The same query again and again over one connection.
pub struct Asking {
    connection: Connection,
    request: String,
}

impl Asking {
    pub async fn open(address: SocketAddr, path: &str, token: &str) -> Result<Self> {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        Ok(Self {
            connection: Connection::open(address).await?,
            request,
        })
    }

    /// The body of one answer.
    pub async fn ask(&mut self) -> Result<&[u8]> {
        self.connection.ask(self.request.as_bytes()).await
    }
}

impl Caller for Asking {
    async fn call(&mut self, _: u64) -> Result<()> {
        self.ask().await.map(drop)
    }
}
