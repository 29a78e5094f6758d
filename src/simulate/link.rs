//! One agent's connection: requests under a command id, repeated until they are answered.

use std::time::Duration;

use async_nats::{Client, HeaderMap};
use pantheon_events::{AgentId, CommandId};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::Tally;

const PATIENCE: Duration = Duration::from_secs(5);
const TRIES: u32 = 20;

/// What a request came back with.
#[derive(Debug)]
pub(super) enum Reply {
    /// The command's answer.
    Ok(Value),
    /// A rule said no.
    Refused,
    /// No answer within all tries.
    Lost,
}

/// An agent's way to Pantheon.
#[derive(Clone)]
pub(super) struct Link {
    pub agent: AgentId,
    pub client: Client,
    pub tally: Tally,
}

impl Link {
    /// Sends a command of this agent; a lost answer repeats the same command id.
    pub(super) async fn command(&self, name: &str, data: Value) -> Reply {
        let subject = format!("pantheon.agent.{}.cmd.{name}", self.agent);
        self.request(subject, data).await
    }

    /// Sends a heartbeat and waits for its commit.
    pub(super) async fn heartbeat(&self, data: Value) -> Reply {
        let subject = format!("pantheon.agent.{}.heartbeat", self.agent);
        self.request(subject, data).await
    }

    async fn request(&self, subject: String, data: Value) -> Reply {
        let id = CommandId::generate().to_string();
        let body = json!({ "data": data }).to_string();
        let mut pause = Duration::from_millis(100);
        for _ in 0..TRIES {
            let mut headers = HeaderMap::new();
            headers.insert("Nats-Msg-Id", id.as_str());
            let started = Instant::now();
            self.tally.sent();
            let asked =
                self.client
                    .request_with_headers(subject.clone(), headers, body.clone().into());
            if let Ok(Ok(message)) = timeout(PATIENCE, asked).await
                && let Ok(answer) = serde_json::from_slice::<Value>(&message.payload)
            {
                match answer["status"].as_u64().unwrap_or(500) {
                    200..=299 => {
                        self.tally.acknowledged(started.elapsed());
                        return Reply::Ok(answer);
                    }
                    429 | 500..=599 => {}
                    _ => {
                        self.tally.refused();
                        tracing::debug!(agent = %self.agent, code = %answer["code"], "refused");
                        return Reply::Refused;
                    }
                }
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(2));
        }
        self.tally.lost();
        Reply::Lost
    }
}
