//! A client that speaks NATS by hand, so that it may also say what no library would.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pantheon_nats::AgentCredentials;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

pub struct Raw {
    stream: BufReader<TcpStream>,
}

impl Raw {
    /// Connects with whatever `connect` makes of the server's nonce. `Err` holds the server's words.
    pub async fn open(url: &str, connect: impl FnOnce(&str) -> Value) -> Result<Self, String> {
        let address = url.trim_start_matches("nats://");
        let stream = TcpStream::connect(address)
            .await
            .map_err(|e| e.to_string())?;
        let mut raw = Self {
            stream: BufReader::new(stream),
        };
        let info = raw.line().await?;
        let info: Value = serde_json::from_str(info.trim_start_matches("INFO ")).expect("INFO");
        let connect = connect(info["nonce"].as_str().unwrap_or_default());
        let lines = raw.say(&format!("CONNECT {connect}\r\n")).await?;
        match lines.iter().find(|line| line.starts_with("-ERR")) {
            Some(error) => Err(error.clone()),
            None => Ok(raw),
        }
    }

    pub async fn as_agent(url: &str, agent: &AgentCredentials) -> Result<Self, String> {
        Self::open(url, |nonce| signed(agent, &agent.public_key, nonce)).await
    }

    /// Sends protocol text, and returns what the server said to it.
    pub async fn say(&mut self, text: &str) -> Result<Vec<String>, String> {
        let text = format!("{text}PING\r\n");
        self.stream
            .write_all(text.as_bytes())
            .await
            .map_err(|e| e.to_string())?;
        let mut lines = Vec::new();
        loop {
            let line = match self.line().await {
                Ok(line) => line,
                Err(closed) if lines.is_empty() => return Err(closed),
                Err(_) => return Ok(lines),
            };
            if line == "PONG" {
                return Ok(lines);
            }
            // The server tells about itself whenever it likes.
            if !line.starts_with("INFO") {
                lines.push(line);
            }
        }
    }

    pub async fn publish(&mut self, subject: &str) -> Result<Vec<String>, String> {
        self.say(&format!("PUB {subject} 2\r\n{{}}\r\n")).await
    }

    /// Resolves when the server has closed the connection.
    pub async fn closed(&mut self) {
        while self.line().await.is_ok() {}
    }

    async fn line(&mut self) -> Result<String, String> {
        let mut line = String::new();
        match self.stream.read_line(&mut line).await {
            Ok(0) => Err("closed".to_owned()),
            Ok(_) => Ok(line.trim_end().to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// What a client sends: a claimed key, and the signature of the key that it has.
pub fn signed(holder: &AgentCredentials, claimed: &str, nonce: &str) -> Value {
    let key = nkeys::KeyPair::from_seed(&holder.seed).expect("a seed");
    let signature = URL_SAFE_NO_PAD.encode(key.sign(nonce.as_bytes()).expect("signed"));
    json!({ "nkey": claimed, "sig": signature, "verbose": false, "pedantic": false, "headers": true,
            "no_responders": true, "protocol": 1, "lang": "test", "version": "1" })
}
