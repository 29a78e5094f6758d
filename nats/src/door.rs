//! What comes through the doors and goes out again, and how much of it.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use pantheon_events::{AgentId, CommandId};

/// The name of the command that a heartbeat subject stands for.
pub const HEARTBEAT: &str = "heartbeat";

/// Which door a request came through, and who the server says the caller is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Door {
    /// The agent whose subject it is; nats-server let nobody else publish there.
    Agent(AgentId),
    /// A service; who it acts for is in [`BusRequest::authorization`].
    Service,
}

/// A command as it came from the bus.
#[derive(Clone, Debug)]
pub struct BusRequest {
    /// The door.
    pub door: Door,
    /// The aggregate, on the services' door.
    pub aggregate: Option<String>,
    /// The command's name; [`HEARTBEAT`] for a heartbeat.
    pub command: String,
    /// The header `Nats-Msg-Id`, when it is a UUID.
    pub command_id: Option<CommandId>,
    /// The header `Authorization`.
    pub authorization: Option<String>,
    /// The header `traceparent`.
    pub traceparent: Option<String>,
    /// The header `X-Request-Id`.
    pub request_id: Option<String>,
    /// Whether anybody waits for the answer.
    pub expects_reply: bool,
    /// The JSON that was sent, at most [`DoorOptions::max_payload`] bytes.
    pub body: Bytes,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusReply {
    /// As HTTP would have it; also part of the body.
    pub status: u16,
    /// JSON.
    pub body: Bytes,
    /// When to come again, in seconds.
    pub retry_after: Option<u64>,
}

/// Takes commands from the bus.
pub trait CommandHandler: Send + Sync + 'static {
    /// Handles one command to its end. It is never cancelled; it bounds its own waits.
    fn handle(&self, request: BusRequest) -> impl Future<Output = BusReply> + Send;
}

/// Limits of the doors.
#[derive(Clone, Debug)]
pub struct DoorOptions {
    /// Commands at work from services.
    pub services: usize,
    /// Commands at work from all agents.
    pub agents: usize,
    /// Commands at work from one agent.
    pub per_agent: usize,
    /// Bytes in the bodies at work from services, and as many again from agents.
    pub bytes: usize,
    /// Bytes in the bodies at work from one agent.
    pub bytes_per_agent: usize,
    /// Refusals that may wait for the connection to take them.
    pub refusals: usize,
    /// The largest body in bytes.
    pub max_payload: usize,
    /// What a refused caller is told to wait, in seconds.
    pub retry_after: u64,
    /// How often the subscriptions are probed.
    pub probe_every: Duration,
    /// How long commands at work may take to end when the node stops.
    pub drain: Duration,
}

impl Default for DoorOptions {
    fn default() -> Self {
        Self {
            services: 1_024,
            agents: 4_096,
            per_agent: 256,
            bytes: 16 << 20,
            bytes_per_agent: 4 << 20,
            refusals: 256,
            // As on HTTP; the largest command, `append_log`, fits.
            max_payload: 1 << 20,
            retry_after: 1,
            probe_every: Duration::from_secs(10),
            drain: Duration::from_secs(10),
        }
    }
}
