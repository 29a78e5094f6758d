//! A keep-alive connection that sends heartbeats, as thin as a load generator can be: what it costs
//! is taken from the same two cores as what is measured.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use pantheon_events::CommandId;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::load::Caller;
use crate::workload::{self, AGENTS};

/// One connection. It speaks for one agent.
pub struct Connection {
    stream: TcpStream,
    agent: String,
    /// Everything of the request before the idempotency key.
    head: String,
    answer: Vec<u8>,
}

impl Connection {
    /// The `n`th connection, with the token of the agent that it speaks for.
    pub async fn open(address: SocketAddr, n: usize, token: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let head = format!(
            "POST /api/v1/commands/agent/record_heartbeat HTTP/1.1\r\nHost: {address}\r\n\
             Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        );
        let agent = workload::agent(n % AGENTS);
        Ok(Self {
            stream,
            agent,
            head,
            answer: Vec::with_capacity(4096),
        })
    }

    /// Reads one answer: the head's end, then as much as it announces.
    async fn read(&mut self) -> Result<()> {
        self.answer.clear();
        let head = loop {
            if let Some(end) = find(&self.answer, b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let text = String::from_utf8_lossy(&self.answer[..head]).to_ascii_lowercase();
        let length = text
            .split("content-length:")
            .nth(1)
            .and_then(|rest| rest.lines().next());
        let length: usize = length
            .context("an answer without a length")?
            .trim()
            .parse()?;
        while self.answer.len() < head + length {
            self.more().await?;
        }
        let shown = || String::from_utf8_lossy(&self.answer).into_owned();
        ensure!(
            text.starts_with("http/1.1 200"),
            "a heartbeat was not accepted: {}",
            shown()
        );
        Ok(())
    }

    async fn more(&mut self) -> Result<()> {
        let read = self.stream.read_buf(&mut self.answer).await?;
        ensure!(read > 0, "the server closed a connection");
        Ok(())
    }
}

impl Caller for Connection {
    async fn call(&mut self, n: u64) -> Result<()> {
        let data = workload::heartbeat(n);
        let body = json!({ "id": self.agent, "data": data }).to_string();
        let (head, key, length) = (&self.head, CommandId::generate(), body.len());
        let request =
            format!("{head}Idempotency-Key: {key}\r\nContent-Length: {length}\r\n\r\n{body}");
        self.stream.write_all(request.as_bytes()).await?;
        self.read().await
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}
